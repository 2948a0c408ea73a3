"""Where a word stands, and the same change in many places at once: each as a draft."""

from collections.abc import Iterable

from pydantic import ValidationError
from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from bot.knowledge import edit
from bot.knowledge.loader import fault_message, shipped
from bot.privacy import mask
from bot.staff import cells, finding, personal, ways
from bot.staff.bench import Bench
from bot.staff.desk import route
from bot.staff.finding import Found
from bot.staff.shelf import Conflict, Place

_LONGEST = 60


class ReplacePages:
    """The handlers of looking and replacing."""

    def __init__(self, bench: Bench):
        self._bench = bench

    def add(self, staff: Blueprint) -> None:
        """Put them into the blueprint."""
        route(staff, "GET", "/knowledge/find", self.find)
        route(staff, "POST", "/knowledge/find", self.replace)

    async def find(self, request: Request) -> HTTPResponse:
        """Where a word stands, and how it would read with another."""
        old, new = ((request.args.get(name) or "").strip()[:_LONGEST] for name in ("q", "new"))
        return self._found(request, old, new)

    async def replace(self, request: Request) -> HTTPResponse:
        """Draft the other words in all places that were ticked; who did not fit is told and stays as it is."""
        old, new = ((request.form.get(name) or "").strip()[:_LONGEST] for name in ("q", "new"))
        if not old or not new:
            return self._found(request, old, new, 422, fault=self._bench.texts["empty"])
        if faults := personal.faults({"new": new}, self._bench.texts):
            return self._found(request, old, new, 422, fault=faults["new"])
        chosen = set(request.form.getlist("sentence", []))
        places: dict[Place, list[Found]] = {}
        for one in finding.find(shipped(), old):
            if one.id in chosen and old in one.text:
                places.setdefault(one.place, []).append(one)
        refused = {}
        for place, sentences in places.items():
            try:
                await self._draft(place, sentences, old, new, request.ctx.staff.name)
            except ValidationError as error:
                refused[place] = fault_message(error.errors()[0])
            except (Conflict, LookupError):  # a draft may have no such sentence any more
                refused[place] = self._bench.texts["conflict"]
        return self._found(request, old, new, refused=refused, count=len(places) - len(refused))

    async def _draft(self, place: Place, sentences: Iterable[Found], old: str, new: str, who: str) -> None:
        standing = await self._bench.standing(place)
        text = standing.text
        if place.file.startswith("points/"):
            for one in sentences:
                number, name = int(one.keys[0]), str(one.keys[1])
                sentence = finding.texts_of(cells.read(text).entries[number])[name]
                text = edit.with_entry(text, number, {name: sentence.replace(old, new)})
            cells.read(text)
        else:
            written = {ways.name_of(keys): said for keys, said in ways.sentences(ways.read(text))}
            names = [ways.name_of(one.keys) for one in sentences]
            text = ways.rewritten(text, {**written, **{name: written[name].replace(old, new) for name in names}})
            ways.read(text)
        await self._bench.shelf.save(place, standing.seen, text, who)

    def _found(self, request: Request, old: str, new: str, status: int = 200, **told: object) -> HTTPResponse:
        found = finding.find(shipped(), old)
        return self._bench.render(
            request,
            "find.html",
            status,
            words=mask(old),
            new=mask(new),
            found=found,
            most=finding.MOST,
            **{"fault": None, "refused": {}, "count": None, **told},
        )
