"""The console script as people and scripts run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.knowledge.loader import shipped

YIBAO = Path(sys.executable).parent / "yibao"


def run(*arguments, text=None, **environment):
    given = text.encode("utf-8") if isinstance(text, str) else text
    return subprocess.run(
        [YIBAO, *arguments], input=given, capture_output=True, timeout=120, env={**os.environ, **environment}
    )


@pytest.fixture(scope="module")
def chat(model_path):
    """One run of `chat --json` over several conversations: the objects it wrote."""
    lines = [
        "我在伊犁，怎么绑亲情账户",
        "",
        "/restart",
        '/bind_family{"channel":"alipay"}',
        "查" * 10_000,
        "😀😀",
        "\x07\x00",
        "怎么给我妈绑医保，我的身份证是110105199003074514",
        "",
        "给丈母娘绑亲情账户要备什么材料",
    ]
    text = "\n".join(lines).encode("utf-8") + b"\n\xff\xfe broken\n"
    result = run("chat", "--json", text=text)
    assert result.returncode == 0, result.stderr.decode()
    return [json.loads(line) for line in result.stdout.decode("utf-8").splitlines()]


def test_every_line_gets_one_object_with_a_reply(chat):
    assert len(chat) == 9
    assert all(turn["replies"] and turn["replies"][0]["text"] for turn in chat)


def test_shape_of_the_contract(chat):
    turn = chat[0]
    assert turn["intent"] == "bind_family" and turn["ranking"][0] == ["bind_family", turn["confidence"]]
    assert {"entity": "region", "value": "新疆维吾尔自治区伊犁哈萨克自治州", "start": 2, "end": 4} in turn["entities"]
    assert turn["wishes"] == [{"intent": "bind_family", "point": None, "start": 0, "end": 12}]
    assert turn["slots"] == {"procedure": "bind_family", "channel": None, "region": "新疆维吾尔自治区伊犁哈萨克自治州"}
    assert turn["outcome"] == "answer" and turn["ms"] > 0
    assert set(turn["replies"][0]) == {"text", "buttons", "card"}


def test_what_decided_and_the_point_are_told(chat):
    whole, pointed, fault = chat[0], chat[7], chat[3]
    assert (whole["point"], whole["why"]) == (None, "task")  # the whole has no point
    assert (pointed["intent"], pointed["point"], pointed["why"]) == ("bind_family", "materials", "task")
    assert pointed["wishes"][0]["point"] == "materials"
    assert (fault["point"], fault["why"]) == (None, None)


def test_typed_payloads_set_nothing(chat):
    assert chat[1]["slots"]["procedure"] is None
    assert chat[2]["slots"]["channel"] is None


def test_bad_input_is_told(chat):
    assert chat[3]["outcome"] == "error" and "200" in chat[3]["replies"][0]["text"]
    assert chat[5]["outcome"] == "error"


def test_identity_number_is_masked(chat):
    assert "110105199003074514" not in json.dumps(chat[6], ensure_ascii=False)


def test_debug_tells_what_decided_and_the_point(model_path):
    result = run("chat", text="/debug\n给丈母娘绑亲情账户要备什么材料\n/quit\n")
    assert result.returncode == 0, result.stderr.decode()
    (line,) = [line for line in result.stdout.decode().splitlines() if line.startswith("{")]
    told = json.loads(line)
    assert (told["intent"], told["point"], told["why"]) == ("bind_family", "materials", "task")


@pytest.mark.parametrize(
    ("question", "fragment"),
    [
        ("2025年新疆伊犁医保如何绑定亲情账户", "【添加账户】"),
        ("用支付宝怎么查家人的医保消费记录", "【市民中心】-【医保】-【使用记录】"),
        ("家属的电子医保卡丢失怎么办", "12333"),
    ],
)
def test_ask_gives_the_steps_of_the_documents(model_path, question, fragment):
    result = run("ask", question)
    assert result.returncode == 0 and fragment in result.stdout.decode()


def test_help_is_chinese():
    names = (
        "chat",
        "train",
        "validate",
        "points",
        "preview",
        "dialogues",
        "evaluate",
        "serve",
        "ask",
        "model",
        "doctor",
    )
    for command in ([], *([name] for name in names)):
        result = run(*command, "--help")
        assert result.returncode == 0 and "用法" in result.stdout.decode()


def test_wrong_usage_exits_with_2():
    result = run("nonsense")
    assert result.returncode == 2 and "用法不对" in result.stderr.decode()
    assert run().returncode == 2


def test_wrong_setting_is_one_line():
    result = run("ask", "你好", YIBAO_LOG_LEVEL="loud")
    assert result.returncode == 1
    assert result.stderr.decode().strip().splitlines()[-1].startswith("出错了：YIBAO_LOG_LEVEL")


def test_train_says_that_nothing_changed(model_path):
    result = run("train")
    assert result.returncode == 0 and "没有变化" in result.stdout.decode()


def test_points_are_counted():
    knowledge = shipped()
    columns = len(knowledge.procedures) + 1
    result = run("points")
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0 and lines[0].split() == [str(number) for number in range(columns)]
    assert all(any(line.startswith(point) for line in lines) for point in knowledge.points)
    total = next(line for line in lines if line.endswith("全部"))
    assert total.split()[4] == str(columns * len(knowledge.points))


def test_preview_ends_quietly_when_nobody_reads_on():
    process = subprocess.Popen([YIBAO, "preview"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=120) == 0
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
