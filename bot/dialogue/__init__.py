"""What a message means, what is remembered, what is said: three pure functions. Imports neither rasa nor rasa_sdk."""
