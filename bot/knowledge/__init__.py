"""What the bot knows: schema, loading, lookup and wording. Imports neither rasa nor rasa_sdk."""
