import pytest

from bot.nlu_data import faults, likeness, read, trigrams

HEAD = 'version: "3.1"\nnlu:\n- intent: {}\n  examples: |\n'


@pytest.fixture
def folders(tmp_path):
    for name in ("data", "tests"):
        (tmp_path / name / "nlu").mkdir(parents=True)

    def write(place, intent, *sentences):
        text = HEAD.format(intent) + "".join(f"    - {sentence}\n" for sentence in sentences)
        (tmp_path / place / "nlu" / f"{intent}.yml").write_text(text, encoding="utf-8")

    write.found = lambda **more: [
        str(fault) for fault in faults(tmp_path / "data" / "nlu", tmp_path / "tests" / "nlu", set(), **more)
    ]
    write.root = tmp_path
    return write


def test_a_sentence_stands_once_with_its_line(folders):
    folders("data", "bind", "怎么绑定", "绑我爸", "怎麼綁定？")
    folders("data", "limits", "绑我爸!")
    assert [fault.split(":")[:2] for fault in folders.found()] == [
        ["data/nlu/bind.yml", "7"],
        ["data/nlu/limits.yml", "5"],
    ]
    assert "意图却是 bind" in folders.found()[1]


def test_no_test_sentence_is_trained_on(folders):
    folders("data", "bind", "怎么绑定")
    folders("tests", "bind", "怎么绑定?")
    assert "测试句" in folders.found()[0]


def test_no_line_of_a_table_is_trained_on(folders):
    folders("data", "bind", "怎么绑定", "绑我爸")
    table = folders.root / "tests" / "nlu" / "turns.tsv"
    table.write_text("task\ttext\nbind\t余额\nbind\t绑我爸！\n", encoding="utf-8")
    assert folders.found() == ["data/nlu/bind.yml:6: “绑我爸”是测试句（tests/nlu/turns.tsv:3），不能拿来训练"]


def test_examples_of_cells_are_learned_too(folders):
    cells = folders.root / "knowledge" / "points"
    cells.mkdir(parents=True)
    # Two entries may have the same example, and a training sentence too.
    text = "fee:\n- asks: [要押金不, 绑我爸]\n  say: 要。\n- region: 东省\n  asks: [要押金不]\n  say: 不要。\n"
    (cells / "bind.yml").write_text(text, encoding="utf-8")
    folders("data", "bind", "绑我爸")
    assert folders.found(cells=cells) == []
    folders("tests", "bind", "要押金不？")
    assert folders.found(cells=cells) == [
        "knowledge/points/bind.yml:2: “要押金不”是测试句（tests/nlu/bind.yml:5），不能拿来训练"
    ]
    (cells / "bind.yml").write_text("fee: [", encoding="utf-8")
    assert folders.found(cells=cells) == []  # the loader tells of it


def test_label_is_split(folders):
    folders("data", "follow_up", "要钱吗")
    path = folders.root / "data" / "nlu" / "follow_up.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("intent: follow_up", "intent: follow_up/fee"), encoding="utf-8"
    )
    [sentence] = read(path.parent)
    assert (sentence.intent, sentence.point, sentence.line) == ("follow_up", "fee", 5)


def test_a_business_needs_forty(folders):
    folders("data", "bind", *(f"第{i}种绑法" for i in range(39)))
    data, tests = folders.root / "data" / "nlu", folders.root / "tests" / "nlu"
    [fault] = faults(data, tests, {"bind"})
    assert "39" in fault.message


def test_no_sentence_is_near_a_measured_one(folders):
    folders("data", "bind", "支付宝怎么绑定家人的医保卡", "今天天气好")
    measured = folders.root / "measured.tsv"
    measured.write_text("text\tintent\n支付宝里怎么绑定家人的医保卡\tbind\n", encoding="utf-8")
    [fault] = folders.found(against=measured)
    assert fault.startswith("data/nlu/bind.yml:5")


def test_overlap_is_one_for_the_same_and_none_for_strangers():
    assert likeness(trigrams("绑定医保卡"), trigrams("绑定医保卡!")) == 1
    assert likeness(trigrams("绑定医保卡"), trigrams("查询余额呢")) == 0
