"""The last component: what it makes of the data that the ones before it left on a message."""

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.slots import AnySlot, TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clauses import CLAUSE_OF, SPAN
from bot.nlu.importer import HAZARD
from bot.nlu.kernel_classifier import ASKED, HAZARDS, POINTS
from bot.nlu.questions import Asked
from bot.nlu.understanding import POINT, UNDERSTOOD, WHY, WISHES, Understanding

EXAMPLES = ["用APP怎么绑", "微信WeChat能办吗", "怎么绑我爸"]


def made(storage, build="create"):
    place = (storage, Resource("understanding"), ExecutionContext(GraphSchema({}), node_name="understanding"))
    return getattr(Understanding, build)({}, *place)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def component(folder):
    component = made(LocalModelStorage(folder))
    examples = [Message({TEXT: text, INTENT: "bind_family"}) for text in EXAMPLES]
    examples += [Message({TEXT: "link", HAZARD: "scam"}), Message({TEXT: "qwerty"})]
    component.train(TrainingData(examples))
    return component


def said(text, intents, points=(), **data):
    ranking = [{"name": name, "confidence": says} for name, says in intents.items()]
    return Message({TEXT: text, INTENT_RANKING_KEY: ranking, POINTS: list(dict(points).items()), **data})


def clause(whole, start, end, intents, points=()):
    part = said(whole.get(TEXT)[start:end], intents, points)
    part.set(CLAUSE_OF, whole)
    part.set(SPAN, (start, end))
    return part


def conversation(**slots):
    names = {"procedure": TextSlot, "channel": TextSlot, "region": TextSlot, "case": AnySlot}
    kept = [kind(name, mappings=[{}], initial_value=slots.get(name)) for name, kind in names.items()]
    return DialogueStateTracker("somebody", kept)


def test_task_and_point_are_told(component):
    [message] = component.process([said("绑我爸要带什么", {"bind_family": 0.9, "follow_up": 0.1}, {"materials": 0.9})])
    assert message.get(INTENT) == {"name": "bind_family", "confidence": 0.9}
    assert (message.get(POINT), message.get(WHY)) == ("materials", "task")
    assert message.get(WISHES) == [{"intent": "bind_family", "point": "materials", "start": 0, "end": 7}]
    assert list(message.get(UNDERSTOOD)["wishes"]) == [{"task": "bind_family", "point": "materials", "entry": 0}]


def test_what_is_told_leaves_the_pipeline(component):
    [message] = component.process([said("怎么绑", {"bind_family": 0.9}, {"whole": 0.9})])
    assert {INTENT, POINT, WHY, WISHES, UNDERSTOOD} <= message.output_properties


class TestConversation:
    BARE = ("要带什么", {"follow_up": 0.9, "bind_family": 0.1}, {"materials": 0.9})

    def test_without_one_a_bare_point_is_asked_in_general(self, component):
        [message] = component.process([said(*self.BARE)])
        assert message.get(INTENT)["name"] == "follow_up"
        assert message.get(UNDERSTOOD)["wishes"][0] == {"task": None, "point": "materials", "entry": None}

    def test_the_tracker_tells_which_question_is_open(self, component):
        open_question = conversation(procedure="bind_family", case={"asked": "region"})
        whatever = said("都行", {"no_preference": 0.9}, {"none": 0.9})
        assert component.process([whatever], open_question)[0].get(WHY) == "choice"
        again = said("都行", {"no_preference": 0.9}, {"none": 0.9})
        assert component.process([again], conversation(procedure="bind_family"))[0].get(WHY) == "talk"

    def test_the_tracker_makes_a_statement_a_step(self, component):
        done = said("弄好了", {"follow_up": 0.9}, {"step": 0.9})
        walking = conversation(procedure="bind_family", case={"step": 2, "shown": ["bind_family#1"]})
        assert component.process([done], walking)[0].get(UNDERSTOOD)["act"] == "step"


class TestClauses:
    def test_they_are_taken_off_again(self, component):
        whole, other = said("怎么绑我爸,多久能好", {"bind_family": 0.9}, {"whole": 0.9}), said("谢谢", {"thank": 0.9})
        parts = [clause(whole, 0, 5, {"bind_family": 0.9}), clause(whole, 6, 10, {"follow_up": 0.9})]
        assert component.process([whole, other, *parts]) == [whole, other]

    def test_two_wishes_are_told_with_their_places(self, component):
        whole = said("怎么绑我爸的医保,余额怎么查", {"bind_family": 0.6, "query_balance": 0.4}, {"whole": 0.9})
        parts = [
            clause(whole, 0, 8, {"bind_family": 0.95}, {"whole": 0.9}),
            clause(whole, 9, 14, {"query_balance": 0.95}, {"whole": 0.9}),
        ]
        [message] = component.process([whole, *parts])
        assert message.get(WISHES) == [
            {"intent": "bind_family", "point": None, "start": 0, "end": 8},
            {"intent": "query_balance", "point": None, "start": 9, "end": 14},
        ]
        assert (message.get(INTENT)["name"], message.get(WHY)) == ("bind_family", "several")

    def test_clauses_of_another_message_do_not_count(self, component):
        whole, other = said("怎么绑我爸", {"bind_family": 0.9}, {"whole": 0.9}), said("a", {"thank": 0.9})
        parts = [clause(other, 0, 1, {"query_balance": 0.95}), clause(other, 0, 1, {"query_records": 0.95})]
        assert component.process([whole, other, *parts])[0].get(WHY) == "task"


class TestWords:
    @pytest.mark.parametrize("text", ["asdfgh", "zxc vbn", "12", "qwerty"])
    def test_letters_that_no_labelled_example_has_can_not_be_read(self, component, text):
        [message] = component.process([said(text, {"bind_family": 0.9}, {"whole": 0.9})])
        assert (message.get(INTENT)["name"], message.get(WHY)) == ("nlu_fallback", "unreadable")
        assert message.get(INTENT)["confidence"] == pytest.approx(0.1)

    @pytest.mark.parametrize("text", ["app", "WECHAT!", "asdf app", "link", "绑qwe"])
    def test_those_of_an_example_and_chinese_can(self, component, text):
        [message] = component.process([said(text, {"bind_family": 0.9}, {"whole": 0.9})])
        assert message.get(WHY) != "unreadable"

    def test_what_was_found_in_it_is_something_to_go_by(self, component):
        entities = [{"entity": "channel", "value": "alipay", "start": 0, "end": 3}]
        [message] = component.process([said("zfb", {"inform": 0.9}, {"none": 0.9}, **{ENTITIES: entities})])
        assert (message.get(WHY), message.get(UNDERSTOOD)["channel"]) == ("place", "alipay")

    def test_a_loaded_component_knows_them_too(self, folder, component):
        again = made(LocalModelStorage(folder), "load")
        for text in ("wechat", "asdfgh"):
            one, two = (c.process([said(text, {"bind_family": 0.9}, {"whole": 0.9})])[0] for c in (component, again))
            assert one.get(WHY) == two.get(WHY)


def test_danger_is_told_whatever_else_is_asked(component):
    message = said(
        "把钱转给他怎么绑", {"bind_family": 0.9}, {"whole": 0.9}, **{HAZARDS: [("scam", 0.95), ("none", 0.05)]}
    )
    component.process([message])
    assert (message.get(WHY), message.get(UNDERSTOOD)["hazard"]) == ("danger", "scam")


@pytest.mark.parametrize(("shadow", "likely"), [(0.2, 0.9), (0.01, 0.01)])
def test_danger_in_a_clause_counts_where_the_whole_message_has_a_shadow_of_it(component, shadow, likely):
    whole = said("她腿摔了,我替她去行不", {"bind_family": 0.9}, {}, **{HAZARDS: [("emergency", shadow)]})
    clause = said("她腿摔了", {"inform": 0.9}, {}, **{HAZARDS: [("emergency", 0.9)], CLAUSE_OF: whole, SPAN: (0, 4)})
    assert dict(component.heard([whole, clause]).hazards)["emergency"] == likely


def test_cells_that_it_is_like_are_handed_on(component):
    key = "general/how_many/1/yes"
    asked = Asked([(key, 0.8)], {"general": {key: 0.3}}, {"general": [("how_many", 1.0)]}, {})
    [message] = component.process([said("最多六个对吧", {"follow_up": 0.9}, {"how_many": 0.9}, **{ASKED: asked})])
    assert message.get(UNDERSTOOD)["near"][0] == {
        "task": "general",
        "point": "how_many",
        "entry": 1,
        "kind": "yes",
        "likeness": 0.8,
        "fit": 0.3,
    }


def test_nothing_that_was_recognised_is_a_doubt(component):
    [message] = component.process([Message({TEXT: "😀", INTENT_RANKING_KEY: []})])
    assert message.get(INTENT)["name"] == "nlu_fallback"
    assert message.get(WISHES) == [{"intent": "nlu_fallback", "point": None, "start": 0, "end": 1}]
