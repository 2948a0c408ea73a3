"""Tells which of the places in a message is the one where the owner of the card is insured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.nlu.gazetteer import Place, lies_in

# What its surroundings tell of a place, by weight; below _REGISTERED a place is taken only where no other is left.
_AFFIRMED, _INSURED, _REGISTERED, _MENTIONED, _VISITED, _DENIED = 4, 3, 2, 1, 0, -1
# A clause ends here. A blank does too: people type it where a comma belongs.
_CLAUSE_MARK = re.compile(r"[,，。;；!！?？\s]")
# Further away than this, in characters, a word tells nothing of a place.
_REACH = 14


@dataclass(frozen=True)
class Resolution:
    """Where the owner of the card is insured; if that is unclear, the full names to choose from."""

    insured: Place | None = None
    # Places that are not it, or not alone.
    others: list[Place] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    # Places that it is said not to be: 我不是伊犁的.
    denied: list[Place] = field(default_factory=list)
    # The insured place is only where somebody is, goes, or compares with: taken because no other was named.
    aside: bool = False
    # It is said to be insured there, not only named.
    said: bool = False


class Roles:
    """The cues under `roles` in knowledge/regions.yml, compiled."""

    def __init__(self, cues: Mapping[str, Any]) -> None:
        between = f"(?:{_either(cues['between'])})*"
        insured, registered = f"(?P<cue>{_either(cues['insured'])})", _either(cues["registered"])
        self.insured = re.compile(insured)
        self.insured_after = re.compile(f"(?P<between>{between}){insured}")
        self.insured_before = re.compile(rf"{insured}{between}\s?$")
        self.registered_after = re.compile(f"{between}{registered}")
        self.registered_before = re.compile(f"{registered}{between}$")
        self.insured_home = _tied(cues["insured"], between, cues["home_said"])
        self.insured_here = _tied(cues["insured"], between, cues["here_said"])
        self.going_before = re.compile(cues["going_before"])
        self.going_after = re.compile(_either(cues["going_after"]))
        self.used_there = re.compile(f"{between}(?:{_either(cues['care_sites'])})?{_either(cues['going_after'])}")
        self.use_after = re.compile(cues["use_after"])
        self.kept_after = re.compile(cues["kept_after"])
        self.hospital_after = re.compile(cues["hospital_after"])
        self.present_before = re.compile(cues["present_before"])
        self.home_before = re.compile(cues["home_before"])
        self.home_after = re.compile(cues["home_after"])
        self.denied_before = re.compile(cues["denied_before"])
        self.denied_after = re.compile(cues["denied_after"])
        self.not_in_before = re.compile(cues["not_in_before"])
        self.affirmed_before = re.compile(cues["affirmed_before"])
        self.insured_elsewhere = re.compile(cues["insured_elsewhere"])
        self.corrected = re.compile(cues["corrected"])
        self.aside_before = re.compile(cues["aside_before"])
        self.aside_after = re.compile(cues["aside_after"])
        self.own_before = re.compile(cues["own_before"])
        self.asked_before, self.asked_after = re.compile(cues["asked_before"]), re.compile(cues["asked_after"])
        self.compared_before, self.compared_after = (
            re.compile(cues["compared_before"]),
            re.compile(cues["compared_after"]),
        )
        self.apps = frozenset(cues["apps"])


def _either(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _tied(cues: Iterable[str], between: str, said: Iterable[str]) -> re.Pattern[str]:
    cue, name = _either(cues), _either(said)
    return re.compile(f"{cue}{between}{name}|{name}{between}{cue}")


@dataclass
class _Mention:
    """A place with the text around it, up to the next place."""

    place: Place
    before: str  # everything in reach
    after: str
    clause_before: str  # of these, what is in the same clause
    clause_after: str
    weight: int = _MENTIONED


def resolve(text: str, places: list[Place], roles: Roles) -> Resolution:
    """Return the role of each of `places`, which come from `find_places(text, ...)`."""
    mentions = _mentions(text, places)
    claims = _claims(mentions, roles)
    for position, mention in enumerate(mentions):
        mention.weight = _weight(mention, position in claims, len(mentions) > 1, roles)
    _follow_anaphora(text, mentions, roles)
    _heed_unknown(text, mentions, roles)
    resolution = _decide(mentions)
    chosen = [mention for mention in mentions if mention.place == resolution.insured]
    aside = bool(chosen) and _is_aside(chosen[0], text, roles)
    return replace(resolution, aside=aside, said=bool(chosen) and chosen[0].weight >= _REGISTERED and not aside)


def _mentions(text: str, places: list[Place]) -> list[_Mention]:
    mentions = []
    for position, place in enumerate(places):
        floor = places[position - 1].end if position else 0
        ceiling = places[position + 1].start if position + 1 < len(places) else len(text)
        before = text[max(floor, place.start - _REACH) : place.start]
        after = text[place.end : min(ceiling, place.end + _REACH)]
        # One blank between 参保地 and its place is no end of the clause.
        mark = [match.end() for match in _CLAUSE_MARK.finditer(before) if match.end() < len(before)]
        clause_before = before[mark[-1] :] if mark else before
        mentions.append(_Mention(place, before, after, clause_before, _CLAUSE_MARK.split(after, 1)[0]))
    return mentions


def _claims(mentions: list[_Mention], roles: Roles) -> list[int]:
    """Return which mentions a word of insurance belongs to; a word between two places belongs to one of them."""
    after = {i: match for i, m in enumerate(mentions) if (match := _claim_after(m, roles))}
    before = {i: match for i, m in enumerate(mentions) if (match := _claim_before(m, roles))}
    for i in sorted(after.keys() & {j - 1 for j in before}):
        left, right = mentions[i], mentions[i + 1]
        length = right.place.start - left.place.end
        if length > len(left.after):
            continue
        cue_of_right = length - len(right.clause_before) + before[i + 1].start("cue")
        if after[i].start("cue") != cue_of_right:
            continue
        # 人在深圳医保在湖南 against 北京的医保在上海, 北京医保在上海能用吗
        kept = roles.present_before.search(left.clause_before) or roles.kept_after.match(right.after)
        # 我爸伊犁参保我妈湛江参保: each has its own
        own = i + 1 in after and after[i]["cue"] == after[i + 1]["cue"]
        if kept and "的" not in after[i]["between"] and not own:
            del after[i]
        else:
            del before[i + 1]
    return sorted(after.keys() | before.keys())


def _claim_after(mention: _Mention, roles: Roles) -> re.Match[str] | None:
    match = roles.insured_after.match(mention.clause_after)
    if not match:
        return None
    return None if _used_there(mention, match, roles) else match


def _used_there(mention: _Mention, claim: re.Match[str] | None, roles: Roles) -> bool:
    """Tell whether the insurance is only used at the place: 在上海医保能用吗."""
    there = roles.present_before.search(mention.clause_before) or roles.going_before.search(mention.clause_before)
    if not (claim and there) or "的" in claim["between"]:
        return False
    return bool(roles.use_after.match(mention.clause_after, claim.end()))


def _claim_before(mention: _Mention, roles: Roles) -> re.Match[str] | None:
    # 拿医保在北京看病
    if roles.used_there.match(mention.clause_after):
        return None
    return roles.insured_before.search(mention.clause_before)


def _weight(mention: _Mention, claimed: bool, compared: bool, roles: Roles) -> int:
    before, after = mention.clause_before, mention.clause_after
    not_there = roles.not_in_before.search(before) and (claimed or roles.insured.search(before))
    if not_there or roles.denied_before.search(before) or roles.denied_after.match(mention.after):
        return _DENIED
    if compared and mention.place.name in roles.apps:
        return _VISITED
    if compared and roles.affirmed_before.search(mention.before):
        return _AFFIRMED
    if claimed:
        return _INSURED
    if roles.registered_before.search(before) or roles.registered_after.match(after):
        return _REGISTERED
    if roles.hospital_after.match(after):
        return _VISITED
    if roles.going_before.search(before) and roles.going_after.search(after):
        return _VISITED
    if _used_there(mention, roles.insured_after.match(after), roles):
        return _VISITED
    return _MENTIONED


def _is_aside(mention: _Mention, text: str, roles: Roles) -> bool:
    """Tell whether a place says nothing against another that was named before as that of the insurance."""
    before, after = mention.clause_before, mention.clause_after
    if roles.corrected.search(text):
        return False
    if mention.weight >= _REGISTERED:
        return bool(roles.own_before.search(before))
    return bool(
        mention.weight == _VISITED
        or mention.place.name in roles.apps
        or roles.aside_before.search(before)
        or roles.aside_after.match(after)
        or (roles.asked_before.search(before) and roles.asked_after.match(after))
        or (roles.compared_before.search(before) and roles.compared_after.match(after))
    )


def _follow_anaphora(text: str, mentions: list[_Mention], roles: Roles) -> None:
    """Raise the place that 老家 or 这边 stands for in 医保在老家, 这边交的."""
    homes = [m for m in mentions if roles.home_before.search(m.clause_before) or roles.home_after.match(m.clause_after)]
    heres = [m for m in mentions if m not in homes and roles.present_before.search(m.clause_before)]
    # In 伊犁这边的医保 the word goes with the name before it.
    ends = {mention.place.end for mention in mentions}
    for tied, meant in ((roles.insured_home, homes), (roles.insured_here, heres)):
        if len(meant) == 1 and any(match.start() not in ends for match in tied.finditer(text)):
            meant[0].weight = max(meant[0].weight, _INSURED)


def _heed_unknown(text: str, mentions: list[_Mention], roles: Roles) -> None:
    """Rule out the places beside one that no dictionary has and where the insurance is: 在广州上班, 在某县买的新农合."""
    match = roles.insured_elsewhere.search(text)
    if match and not any(m.place.start < match.end() and match.start() < m.place.end for m in mentions):
        for mention in mentions:
            mention.weight = _DENIED if mention.weight < _REGISTERED else mention.weight


def _decide(mentions: list[_Mention]) -> Resolution:
    # 霍尔果斯 and 伊宁 are the same for the insurance: the weightiest name stands for both.
    groups: dict[tuple[str, ...], _Mention] = {}
    for mention in mentions:
        known = groups.get(mention.place.candidates)
        if known is None or mention.weight > known.weight:
            groups[mention.place.candidates] = mention
    open_groups = [group for group in groups.values() if group.weight > _DENIED]
    denied = [group.place for group in groups.values() if group.weight == _DENIED]
    chosen = _choose(open_groups)
    if chosen and len(chosen.candidates) == 1:
        return Resolution(insured=chosen, others=_besides(groups, [chosen, *denied]), denied=denied)
    asked = [chosen] if chosen else [group.place for group in open_groups]
    fulls = dict.fromkeys(full for place in asked for full in place.candidates)
    # Of 浙江 and 杭州 the latter says more.
    options = [full for full in fulls if not any(other != full and lies_in(other, full) for other in fulls)]
    return Resolution(others=_besides(groups, [*asked, *denied]), options=options, denied=denied)


def _choose(groups: list[_Mention]) -> Place | None:
    if len(groups) < 2:
        return groups[0].place if groups else None
    best = max(group.weight for group in groups)
    top = [group.place for group in groups if group.weight == best]
    if len(top) == 1:
        return top[0]
    # 广东的, 人在深圳: one lies in the other
    deepest = max(top, key=lambda place: len(place.candidates[0]))
    nested = all(len(place.candidates) == 1 and lies_in(deepest.candidates[0], place.candidates[0]) for place in top)
    return deepest if nested else None


def _besides(groups: Mapping[tuple[str, ...], _Mention], places: list[Place]) -> list[Place]:
    return [group.place for group in groups.values() if group.place not in places]
