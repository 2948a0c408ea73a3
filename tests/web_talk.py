"""Conversations as the web page has them: over HTTP on loopback, with the assistant that the other tests have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp
from rasa.core.channels.channel import register
from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Sanic

from bot.assistant import Assistant, Turn, last_turn
from bot.channels.replies import reply
from bot.channels.web import WebInput
from bot.cli.output import buttons
from bot.feedback import Feedback
from tests.serving import on_loopback


class WebTalk:
    """A browser's side of one session."""

    def __init__(self, assistant: Assistant, client: aiohttp.ClientSession, url: str):
        self._assistant, self._client, self._url = assistant, client, f"{url}/webhooks/web"
        self._ids = count()
        self.buttons: list[dict] = []

    async def begin(self) -> None:
        """Ask for a session."""
        async with self._client.post(f"{self._url}/sessions") as answer:
            self._session = (await answer.json())["session_id"]

    async def say(self, text: str) -> Turn:
        """Send what is typed, or the payload of the button with this title; refusals become turns, as in the shell."""
        payload = next((button["payload"] for button in self.buttons if button["title"] == text), None)
        says = {"text": text} if payload is None else {"payload": payload}
        body = {"session_id": self._session, "client_message_id": f"c{next(self._ids)}", **says}
        async with self._client.post(f"{self._url}/messages", json=body) as answer:
            told = await answer.json()
        if "error" in told:
            return Turn(text, replies=[{"text": told["error"]["message"], "buttons": [], "card": None}])
        turn = await self._last(text)
        # What the browser gets is what was said.
        assert [(m["text"], m["buttons"], m["card"]) for m in told["messages"]] == [
            (m["text"], m["buttons"], m["card"]) for m in turn.replies
        ]
        self.buttons = buttons(turn)
        return turn

    async def _last(self, text: str) -> Turn:
        """What the store keeps of the last turn: the intent, the slots and the outcome are not told to browsers."""
        tracker = await self._assistant.agent.tracker_store.retrieve(self._session)
        events = list(tracker.events)
        heard = max(i for i, event in enumerate(events) if isinstance(event, UserUttered))
        said = [reply(event.message()) for event in events[heard:] if isinstance(event, BotUttered)]
        return last_turn(text, tracker, said)


@asynccontextmanager
async def on_the_web(assistant: Assistant, folder: Path) -> AsyncIterator[WebTalk]:
    """Serve the web channel in front of the assistant and begin a session.

    Args:
        assistant: who answers.
        folder: where the channel keeps its votes.
    """
    app = Sanic("web")
    app.ctx.agent = assistant.agent
    channel = WebInput(Feedback(f"sqlite:///{folder / 'votes.db'}"), cpu_seconds_per_minute=600)
    register([channel], app, "/webhooks/")
    async with on_loopback(app) as url, aiohttp.ClientSession() as client:
        talk = WebTalk(assistant, client, url)
        await talk.begin()
        yield talk
