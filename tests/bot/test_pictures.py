import sys

import pytest

from bot import pictures
from bot.errors import BotError

KINDS = {"said": ("说", "有话答"), "silent": ("没写", "文档没写")}


def draw(file):
    cells = {("fee", "bind"): "said", ("fee", "rule"): "silent", ("hours", "bind"): "silent"}
    pictures.point_matrix(
        {"fee": "要不要钱", "hours": "几点办公"}, {"bind": "绑定", "rule": "规定"}, cells, KINDS, file
    )


def test_matrix_is_a_small_png_whatever_its_name(tmp_path):
    from PIL import Image

    for name in ("matrix.png", "matrix"):
        draw(tmp_path / name)
        with Image.open(tmp_path / name) as image:
            assert image.format == "PNG" and image.width > 300
        assert (tmp_path / name).stat().st_size < 60_000


@pytest.mark.parametrize("missing", ["package", "file"])
def test_without_a_chinese_font_nothing_is_drawn(missing, tmp_path, monkeypatch):
    if missing == "package":
        monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    else:
        monkeypatch.setattr("pylopdf_fonts_zh_cn.sans_path", lambda: tmp_path / "gone.otf")
    with pytest.raises(BotError, match="没有中文字体") as error:
        draw(tmp_path / "matrix.png")
    assert "\n" not in str(error.value) and not (tmp_path / "matrix.png").exists()
