import traceback

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, read


def test_defaults_work_on_one_machine():
    assert read({}) == Settings()
    assert read({"YIBAO_LOG_LEVEL": "  "}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIBAO_DATABASE_URL", "mysql://root:hunter2@host/db"),
        ("YIBAO_DATABASE_URL", "nonsense"),
        ("YIBAO_DATABASE_URL", "postgres://me:hunter2@host/db"),
        ("YIBAO_DATABASE_URL", "postgresql+asyncpg://me:hunter2@host/db"),
        ("YIBAO_DATABASE_URL", "postgresql://me:x@hunter2@host/db"),
        ("YIBAO_DATABASE_URL", "postgresql://me:x@hunter2/y@host/db"),
        ("YIBAO_DATABASE_URL", "postgresql://me/x:hunter2@host/db"),
        ("YIBAO_DATABASE_URL", "postgresql://me:x@ho st/hunter2"),
        ("YIBAO_DATABASE_URL", "postgresql://host:hunter2/db"),
        ("YIBAO_DATABASE_URL", "postgresql://host:99999/hunter2"),
        ("YIBAO_DATABASE_URL", "postgresql://[hunter2/db"),
        ("YIBAO_DATABASE_URL", "postgresql://a..b/hunter2"),
        ("YIBAO_DATABASE_URL", "sqlite://"),
        ("YIBAO_DATABASE_URL", "sqlite:///:memory:"),
        ("YIBAO_DATABASE_URL", "sqlite://hunter2/c.db"),
        ("YIBAO_DATABASE_URL", "sqlite:///c.db?hunter2=1"),
        ("YIBAO_DATABASE_URL", "sqlite:///\udcffhunter2"),
        ("YIBAO_REDIS_URL", "redis://:hunter2/x@host"),
        ("YIBAO_REDIS_URL", "redis://:hunter2#x@host"),
        ("YIBAO_REDIS_URL", "redis://:hunter2?x@host"),
        ("YIBAO_REDIS_URL", "redis://me:6379/hunter2@host/0"),
        ("YIBAO_REDIS_URL", "redis://host:hunter2"),
        ("YIBAO_REDIS_URL", "redis://host:99999"),
        ("YIBAO_REDIS_URL", "redis://host/hunter2"),
        ("YIBAO_REDIS_URL", "redis://host?hunter2=1"),
        ("YIBAO_REDIS_URL", "redis://host?db=hunter2"),
        ("YIBAO_REDIS_URL", "redis://[hunter2"),
        ("YIBAO_REDIS_URL", "redis://"),
        ("YIBAO_REDIS_URL", "redis://a..hunter2"),
        ("YIBAO_REDIS_URL", "rediss://host?ssl_cert_reqs=hunter2"),
        ("YIBAO_ALLOWED_ORIGINS", "https://me:hunter2@a.com"),
        ("YIBAO_ALLOWED_ORIGINS", "https://a.cn,https://b.cn?key=hunter2"),
        ("YIBAO_ALLOWED_ORIGINS", "https://a.com:0"),
        ("YIBAO_ALLOWED_ORIGINS", "https://[1.2.3.4]"),
        ("YIBAO_ALLOWED_ORIGINS", "https://999.1.1.1"),
        ("YIBAO_ALLOWED_ORIGINS", "https://1.2.3"),
        ("YIBAO_ALLOWED_ORIGINS", "https://0x7f.1"),
        ("YIBAO_ALLOWED_ORIGINS", "example.com"),
        ("YIBAO_ALLOWED_ORIGINS", "https://example.com/page"),
        ("YIBAO_ALLOWED_ORIGINS", "*"),
        ("YIBAO_ALLOWED_ORIGINS", "https://*"),
        ("YIBAO_ALLOWED_ORIGINS", "https://*.example.com"),
        ("YIBAO_ALLOWED_ORIGINS", "https://"),
        ("YIBAO_ALLOWED_ORIGINS", "https://["),
        ("YIBAO_ALLOWED_ORIGINS", "https://[x]"),
        ("YIBAO_ALLOWED_ORIGINS", "https://a b"),
        ("YIBAO_ALLOWED_ORIGINS", "https://me@a.cn"),
        ("YIBAO_ALLOWED_ORIGINS", "https://a.cn:99999"),
        ("YIBAO_ALLOWED_ORIGINS", "null"),
        ("YIBAO_HOSTS", "*"),
        ("YIBAO_HOSTS", "https://a.cn"),
        ("YIBAO_HOSTS", "a.cn:443"),
        ("YIBAO_HOSTS", "a.cn b.cn"),
        ("YIBAO_HOSTS", "me:hunter2@a.cn"),
        ("YIBAO_HOSTS", "0.0.0.0"),
        ("YIBAO_HOSTS", "a.cn,::"),
        ("YIBAO_HOSTS", "::ffff:0.0.0.0"),
        ("YIBAO_HOSTS", "999.1.1.1"),
        ("YIBAO_METRICS", "9464"),
        ("YIBAO_METRICS", "127.0.0.1:0"),
        ("YIBAO_METRICS", "on"),
        ("YIBAO_LOG_LEVEL", "loud"),
        ("YIBAO_RETENTION_DAYS", "0"),
        ("YIBAO_RETENTION_DAYS", "9" * 5000),
        ("YIBAO_RETENTION_DAYS", "３０"),
        ("YIBAO_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("YIBAO_TRUSTED_PROXIES", "http://me:hunter2@proxy"),
        ("YIBAO_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("YIBAO_TRUSTED_PROXIES", "::/0"),
        ("YIBAO_TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1"),
        ("YIBAO_TRUSTED_PROXIES", "2000::/3"),
        ("YIBAO_TRUSTED_PROXIES", "::ffff:0:0/96"),
        ("YIBAO_TRUSTED_PROXIES", "0.0.0.0"),
        ("YIBAO_REDIS", "redis://localhost"),
        ("YIBAO_WECHAT_KEY", "hunter2"),
        ("YIBAO_SOMETHING", "hunter2"),
        ("yibao_log_level", "INFO"),
        ("Yibao_Staff_Password", "hunter2"),
    ],
)
def test_wrong_value_is_named_and_no_secret_is_told(name, value):
    with pytest.raises(SettingsError) as caught:
        read({name: value})
    told = "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith(name) and "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    # Nor where somebody prints the whole chain.
    assert "hunter2" not in told.replace(repr(value), "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIBAO_DATABASE_URL", "postgresql://me:p%2Fw%40d@host:5433/db"),
        ("YIBAO_DATABASE_URL", "postgresql://me@x:p/w#d@host/db"),
        ("YIBAO_DATABASE_URL", "postgresql://postgres:@/postgres?host=/run/postgresql"),
        ("YIBAO_DATABASE_URL", "postgresql://me@[::1]:5432/db"),
        ("YIBAO_DATABASE_URL", "sqlite:////srv/c.db"),
        ("YIBAO_REDIS_URL", "redis://:p%2Fw%23d@host:6379/0"),
        ("YIBAO_REDIS_URL", "rediss://me:pw@10.0.0.1/1"),
        ("YIBAO_REDIS_URL", "redis://[::1]:6379"),
        ("YIBAO_REDIS_URL", "unix:///run/redis.sock?db=1"),
    ],
)
def test_what_is_right_is_taken_as_it_is_and_never_printed(name, value):
    settings = read({name: value})
    assert value in (settings.database_url, settings.redis_url)
    assert value not in repr(settings)


def test_a_name_that_is_nearly_right_is_guessed():
    with pytest.raises(SettingsError, match="YIBAO_REDIS_URL？"):
        read({"YIBAO_REDIS_ULR": "redis://localhost"})
    with pytest.raises(SettingsError, match="YIBAO_REDIS_URL？"):
        read({"yibao_redis_url": "redis://localhost"})


def test_which_of_several_is_wrong_is_told_by_its_place():
    for name, value in (
        ("YIBAO_ALLOWED_ORIGINS", "https://a.cn, *"),
        ("YIBAO_HOSTS", "a.cn,*"),
        ("YIBAO_TRUSTED_PROXIES", "10.0.0.1,*"),
    ):
        with pytest.raises(SettingsError, match="第 2 个"):
            read({name: value})


def test_proxies_are_networks_as_connections_show_them():
    networks = read({"YIBAO_TRUSTED_PROXIES": "10.0.0.0/8, fc00::/7, ::1, ::ffff:10.0.0.0/104, ::ffff:192.0.2.1"})
    assert [*map(str, networks.trusted_proxies)] == ["10.0.0.0/8", "fc00::/7", "::1/128", "10.0.0.0/8", "192.0.2.1/32"]


def test_origins_and_hosts_are_as_browsers_write_them():
    settings = read(
        {"YIBAO_ALLOWED_ORIGINS": "HTTPS://A.cn:443, http://[::1]:80/", "YIBAO_HOSTS": "Bot.Example.CN, ::1"}
    )
    assert settings.allowed_origins == ("https://a.cn", "http://[::1]")
    assert settings.hosts == ("bot.example.cn", "::1")


def test_metrics_may_be_served_in_three_ways():
    for value in ("127.0.0.1:9464", "[::1]:9464", "/run/yibao/metrics.sock", "off"):
        assert read({"YIBAO_METRICS": value}).metrics == value


def test_several_origins():
    settings = read({"YIBAO_ALLOWED_ORIGINS": "https://a.cn, http://localhost:8000/"})
    assert settings.allowed_origins == ("https://a.cn", "http://localhost:8000")


_STAFF = "张三=scrypt:32768:8:1:pL6npnw1Vj41UBwFphXluA:bGlu7iIvMyZSpaNxKV5fzj0p-13XBhOUbxXusOrlooE"


def test_staff_have_names_and_hashes():
    both = read({"YIBAO_STAFF_PASSWORD": f"{_STAFF}, 李四{_STAFF[2:]}"})
    assert [name for name, _ in both.staff_password] == ["张三", "李四"]
    assert "scrypt" not in repr(both)


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "张三=hunter2",
        _STAFF[3:],
        f"{_STAFF},{_STAFF}",
        f"张 三{_STAFF[2:]}",
        _STAFF.replace("32768", "32767"),
    ],
)
def test_a_password_of_staff_that_is_no_hash_is_refused_and_not_repeated(value):
    with pytest.raises(SettingsError) as told:
        read({"YIBAO_STAFF_PASSWORD": value})
    assert "YIBAO_STAFF_PASSWORD" in str(told.value) and "hunter2" not in str(told.value)
