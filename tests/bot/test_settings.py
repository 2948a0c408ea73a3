import pytest

from bot.errors import SettingsError
from bot.settings import Settings, read


def test_defaults_work_on_one_machine():
    assert read({}) == Settings()
    assert read({"YIBAO_LOG_LEVEL": "  "}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIBAO_DATABASE_URL", "mysql://root:secret@host/db"),
        ("YIBAO_DATABASE_URL", "nonsense"),
        ("YIBAO_ALLOWED_ORIGINS", "example.com"),
        ("YIBAO_ALLOWED_ORIGINS", "https://example.com/page"),
        ("YIBAO_LOG_LEVEL", "loud"),
    ],
)
def test_wrong_value_is_named_and_no_secret_is_told(name, value):
    with pytest.raises(SettingsError) as caught:
        read({name: value})
    assert name in str(caught.value) and "secret" not in str(caught.value)


def test_several_origins():
    settings = read({"YIBAO_ALLOWED_ORIGINS": "https://a.cn, http://localhost:8000/"})
    assert settings.allowed_origins == ("https://a.cn", "http://localhost:8000")
