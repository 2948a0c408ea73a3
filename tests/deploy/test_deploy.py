"""The files of deploy/: valid, in agreement with the program, and their commands really start it."""

import json
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml

from bot.server import build, channels
from bot.settings import read
from bot.staff.passwords import hashed

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SCHEMAS = files("kubernetes_validate") / "kubernetes-json-schema" / "v1.33.0-local-strict"
STAFF = f"张三={hashed('a password of some length')}"
PASSWORD = {"YIBAO_DB_PASSWORD": "one", "YIBAO_REDIS_PASSWORD": "two", "YIBAO_DOMAIN": "localhost"}


def manifests() -> list[dict[str, Any]]:
    found = []
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        found += list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    return found


def manifest(kind: str) -> dict[str, Any]:
    return next(found for found in manifests() if found["kind"] == kind)


def ingress(name: str) -> dict[str, Any]:
    return next(found for found in manifests() if found["kind"] == "Ingress" and found["metadata"]["name"] == name)


def compose() -> dict[str, Any]:
    # Not bot.yamlfile: once Rasa is loaded, ruamel.yaml puts the environment into ${…}.
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


@pytest.mark.parametrize("manifest", manifests(), ids=lambda manifest: manifest["kind"])
def test_manifests_fit_kubernetes_schemas(manifest: dict[str, Any]) -> None:
    group = manifest["apiVersion"].replace(".k8s.io", "").replace("/", "-")
    schema = json.loads((SCHEMAS / f"{manifest['kind'].lower()}-{group}.json").read_text())
    definitions = json.loads((SCHEMAS / "_definitions.json").read_text())
    local = jsonschema.RefResolver.from_schema(
        schema, store={"https://kubernetes.io/api/_definitions.json": definitions}
    )
    errors = [error.message for error in jsonschema.Draft7Validator(schema, resolver=local).iter_errors(manifest)]
    assert errors == []


def test_a_wrong_manifest_would_be_found() -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "spec": {"prots": []}}
    with pytest.raises(AssertionError):
        test_manifests_fit_kubernetes_schemas(wrong)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_yaml_has_no_duplicate_keys_and_no_bad_indentation() -> None:
    rules = "{extends: relaxed, rules: {line-length: disable, key-duplicates: enable}}"
    found = subprocess.run(
        [sys.executable, "-m", "yamllint", "-s", "-d", rules, DEPLOY], capture_output=True, text=True
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_holds_what_is_copied_and_runs_as_nobody() -> None:
    text = dockerfile()
    copied = [name for line in re.findall(r"^COPY (?!--)(.+)$", text, re.M) for name in line.split()[:-1]]
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().split() if line.startswith("!")}
    assert set(copied) == allowed and all((ROOT / name).exists() for name in copied)
    assert re.findall(r"^USER (\S+)$", text, re.M) == ["10001"]
    assert "compileall" in text and "bot train" in text


@pytest.mark.parametrize("service", ["bot", "postgres", "redis", "proxy"])
def test_compose_has_the_whole(service: str) -> None:
    found = compose()["services"][service]
    assert found["restart"] == "unless-stopped"
    # Only the proxy is reached from outside.
    assert ("ports" in found) == (service == "proxy")


def test_compose_settings_are_understood() -> None:
    environment = compose()["services"]["bot"]["environment"]
    values = {
        name: re.sub(r"\$\{(\w+):-?\??(\w*)\}", lambda f: PASSWORD.get(f[1], f[2]), str(value))
        for name, value in environment.items()
    }
    settings = read(values)
    assert settings.database_url == "postgresql://yibao:one@postgres/yibao"
    assert settings.redis_url == "redis://:two@redis:6379/0"
    assert settings.retention_days == 30 and settings.trusted_proxies
    assert (DEPLOY / "Caddyfile").read_text().count("{$YIBAO_DOMAIN}") == 1


def routes(**environment: str) -> dict[str, str]:
    """A path of each route of the server, by the route."""
    app = build(SimpleNamespace(tracker_store=None), channels(), read(environment))
    examples = {"procedure": "bind_family", "session": "0" * 32}
    return {
        "/" + route.path: "/" + re.sub(r"<(\w+)(?::[^>]*)?>", lambda name: examples.get(name[1], "x"), route.path)
        for route in app.router.routes
    }


def test_proxies_let_through_what_people_call_and_nothing_else() -> None:
    inside = {"/livez", "/healthz"}
    outside = re.search(r"@outside path (.+)$", (DEPLOY / "Caddyfile").read_text(), re.M)[1].split()
    # Sanic tells its routes without the stroke at the end.
    by_caddy = {
        route
        for route, path in routes().items()
        if any(fnmatchcase(path, allowed) or fnmatchcase(f"{path}/", allowed) for allowed in outside)
    }
    assert by_caddy == set(routes()) - inside
    paths = ingress("yibao-bot")["spec"]["rules"][0]["http"]["paths"]

    def lets(rule: dict, path: str) -> bool:
        exact = rule["path"].rstrip("/") == path.rstrip("/")
        return exact or (rule["pathType"] == "Prefix" and path.startswith(rule["path"] + "/"))

    by_ingress = {route for route, path in routes().items() if any(lets(rule, path) for rule in paths)}
    assert by_ingress == set(routes()) - inside
    # However it is spelled: what is not named stays inside.
    for path in ("/metrics", "/metrics/", "/healthz/", "/livez/", "/healthz/x", "/cards", "/webhooks/rest/webhook"):
        assert not any(fnmatchcase(path, allowed) for allowed in outside), path
        assert not any(lets(rule, path) for rule in paths if rule["path"] != "/cards"), path


def test_the_staffs_desk_is_let_through_for_chosen_addresses_alone() -> None:
    added = [path for route, path in routes(YIBAO_STAFF_PASSWORD=STAFF).items() if route not in routes()]
    assert added and all(f"{path}/".startswith("/staff/") for path in added)
    staff = re.search(
        r"@staff \{\s+path (.+)\s+remote_ip \{\$(\w+):127\.0\.0\.1/32\}", (DEPLOY / "Caddyfile").read_text()
    )
    assert staff[1].split() == ["/staff", "/staff/*"]
    assert compose()["services"]["proxy"]["environment"][staff[2]].endswith(":-127.0.0.1/32}")
    desk = ingress("yibao-bot-staff")
    assert [rule["path"] for rule in desk["spec"]["rules"][0]["http"]["paths"]] == ["/staff"]
    assert desk["metadata"]["annotations"]["nginx.ingress.kubernetes.io/whitelist-source-range"] == "127.0.0.1/32"


def test_what_is_published_is_told_by_all_machines() -> None:
    assert read(manifest("ConfigMap")["data"]).knowledge == "database"
    assert compose()["services"]["bot"]["environment"]["YIBAO_KNOWLEDGE"] == "database"


def test_hosts_are_those_of_the_proxies() -> None:
    assert read(manifest("ConfigMap")["data"]).hosts == (manifest("Ingress")["spec"]["rules"][0]["host"],)
    assert compose()["services"]["bot"]["environment"]["YIBAO_HOSTS"].startswith("${YIBAO_DOMAIN")


def test_figures_have_a_port_of_their_own_that_only_the_monitoring_reaches() -> None:
    port = read({"YIBAO_METRICS": re.search(r"YIBAO_METRICS=(\S+)", dockerfile())[1]}).metrics.split(":")[1]
    template = manifest("Deployment")["spec"]["template"]
    assert template["metadata"]["annotations"]["prometheus.io/port"] == port
    assert {"name": "metrics", "containerPort": int(port)} in template["spec"]["containers"][0]["ports"]
    for rule in manifest("NetworkPolicy")["spec"]["ingress"]:
        from_ingress = "ingress-nginx" in json.dumps(rule["from"])
        assert [port["port"] for port in rule["ports"]] == (["http"] if from_ingress else ["metrics"])
    assert port not in json.dumps(compose()) and port not in (DEPLOY / "Caddyfile").read_text()


def test_kubernetes_settings_are_understood() -> None:
    values = {**manifest("ConfigMap")["data"], **manifest("Secret")["stringData"]}
    assert read(values).redis_url and read(values).database_url.startswith("postgresql://")
    assert "CHANGE-ME" in manifest("Secret")["stringData"]["YIBAO_DATABASE_URL"]


def test_kubernetes_gives_turns_time_to_end_and_keeps_enough_running() -> None:
    spec = manifest("Deployment")["spec"]
    pod = spec["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > 5 + 15  # the pause before, Sanic's grace
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert manifest("PodDisruptionBudget")["spec"]["minAvailable"] < spec["replicas"]
    labels = spec["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        chosen = manifest(kind)["spec"].get("podSelector", manifest(kind)["spec"].get("selector"))
        assert chosen.get("matchLabels", chosen) == labels


def test_the_dashboard_shows_figures_that_exist() -> None:
    from bot import metrics

    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    shown = set(re.findall(r"yibao_\w+", json.dumps(board)))
    told = set(re.findall(r"^# TYPE (yibao_\w+) ", metrics.page()[0].decode(), re.M))
    assert len(board["panels"]) >= 8 and len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert shown
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in shown} <= told


def test_image_and_kubernetes_run_the_same_command() -> None:
    run = json.loads(re.search(r"^CMD (\[.+\])$", dockerfile(), re.M)[1])
    assert manifest("Deployment")["spec"]["template"]["spec"]["containers"][0]["command"] == run
    assert shlex.join(run) == "python -m bot serve --host 0.0.0.0 --port 5005"
