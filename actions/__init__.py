"""Rasa SDK custom actions: each reads the tracker, asks `bot.knowledge` and utters what it gets. No text stands here."""
