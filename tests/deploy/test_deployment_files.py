"""The deployment's files: valid by the published schemas, hardened, and without a key in any of them."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = ("compose.yaml", "compose.cluster.yaml")
MANIFESTS = sorted((DEPLOY / "kubernetes").iterdir())
UNITS = sorted((DEPLOY / "systemd").iterdir())
RETRIED = {5, 6, 7}
"""Exit codes that may be gone a little later: the weights' source, the store, another run."""

HOPELESS = {1, 2, 3, 4, 8, 9, 10}


def objects():
    return [found for path in MANIFESTS for found in yaml.safe_load_all(path.read_text())]


def named(kind):
    (found,) = [found for found in objects() if found["kind"] == kind]
    return found


def pod(kind):
    spec = named(kind)["spec"]
    return (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]["spec"]


def compose(name):
    return yaml.safe_load((DEPLOY / name).read_text())


def unit(path):
    """{key: [values]} of all sections; keys may come more than once."""
    found = {}
    for line in path.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def instructions():
    """(keyword, rest) of the Dockerfile, continued lines joined."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    return [line.split(maxsplit=1) for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("manifest", objects(), ids=lambda found: f"{found['kind']}-{found['metadata']['name']}")
def test_manifests_follow_the_published_schemas(manifest, version):
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelled_field_is_no_valid_manifest():
    manifest = named("Deployment")
    manifest["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(manifest, "1.30", strict=True)


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_pods_are_hardened(kind):
    spec = pod(kind)
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "LIKEWISE_PORT and others would come from the Service"
    context = spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}
    assert re.search(r":\d+\.\d+\.\d+$", container["image"])
    mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
    assert mounts["/tmp"] is mounts[named("ConfigMap")["data"]["LIKEWISE_CACHE"]] is False
    assert mounts["/run/secrets/likewise"] is True
    assert mounts.get("/catalog", True) is True


def test_manifests_refer_to_what_is_there():
    there = {(found["kind"], found["metadata"]["name"]) for found in objects()}
    for kind in ("Deployment", "CronJob"):
        (container,) = pod(kind)["containers"]
        assert {("ConfigMap", source["configMapRef"]["name"]) for source in container["envFrom"]} <= there
        volumes = {volume["name"]: volume for volume in pod(kind)["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
        secret = volumes["key"]["secret"]
        assert ("Secret", secret["secretName"]) in there
        assert {item["key"] for item in secret["items"]} <= named("Secret")["stringData"].keys()
        claims = [volume["persistentVolumeClaim"] for volume in volumes.values() if "persistentVolumeClaim" in volume]
        assert {("PersistentVolumeClaim", claim["claimName"]) for claim in claims} <= there
    labels = named("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert named("Service")["spec"]["selector"].items() <= labels.items()
    assert named("Deployment")["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_the_service_reads_with_a_key_that_cannot_write():
    keys = {kind: pod(kind)["volumes"] for kind in ("Deployment", "CronJob")}
    names = {kind: [v["secret"]["items"][0]["key"] for v in keys[kind] if "secret" in v] for kind in keys}
    assert names == {"Deployment": ["read-only-key"], "CronJob": ["api-key"]}
    services = compose("compose.yaml")["services"]
    assert services["serve"]["secrets"] == ["read_only_key"]
    assert services["nightly"]["secrets"] == ["api_key"]


def test_probes_ask_the_service_that_listens():
    (container,) = pod("Deployment")["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    (port,) = container["ports"]
    assert {probe["httpGet"]["port"] for name, probe in container.items() if name.endswith("Probe")} == {port["name"]}
    assert str(port["containerPort"]) == container["args"][container["args"].index("--port") + 1] == "8000"
    assert named("Service")["spec"]["ports"][0]["targetPort"] == port["name"]


def test_one_nightly_job_at_a_time_and_only_what_may_pass_is_retried():
    spec = named("CronJob")["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    job = spec["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] < 86_400
    # Kubernetes waits 10, 20, 40 s: the lease of a run that died (60 s) has ended before the last try.
    assert sum(10 * 2**at for at in range(job["backoffLimit"])) > 60
    (given_up,) = [rule for rule in job["podFailurePolicy"]["rules"] if rule["action"] == "FailJob"]
    assert set(given_up["onExitCodes"]["values"]) == HOPELESS
    assert given_up["onExitCodes"]["containerName"] == pod("CronJob")["containers"][0]["name"]


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_files_follow_the_published_schema(name):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_services_are_hardened_and_refer_to_what_is_there(name):
    base, found = compose("compose.yaml"), compose(name)
    both = {key: base.get(key, {}) | found.get(key, {}) for key in ("networks", "volumes", "configs", "secrets")}
    for service, settings in found["services"].items():
        settings = base["services"].get(service, {}) | settings
        assert settings["read_only"] is True
        assert settings["cap_drop"] == ["ALL"]
        assert settings["security_opt"] == ["no-new-privileges:true"]
        assert re.search(r":v?\d+\.\d+\.\d+(-unprivileged)?$", settings["image"])
        assert all(port.startswith("127.0.0.1:") for port in settings.get("ports", []))
        assert set(settings["networks"]) <= both["networks"].keys()
        assert set(settings["secrets"]) <= both["secrets"].keys()
        assert {config["source"] for config in settings.get("configs", [])} <= both["configs"].keys()
        named_volumes = [volume.split(":")[0] for volume in settings["volumes"] if isinstance(volume, str)]
        assert set(named_volumes) <= both["volumes"].keys()
    assert {(DEPLOY / config["file"]).is_file() for config in both["configs"].values()} == {True}
    assert all(secret["file"].startswith("./secrets/") for secret in both["secrets"].values())


def test_qdrant_is_not_reachable_from_outside_and_the_catalog_not_writable():
    found = compose("compose.yaml")
    qdrant, nightly = found["services"]["qdrant"], found["services"]["nightly"]
    assert "ports" not in qdrant
    assert [found["networks"][name] for name in qdrant["networks"]] == [{"internal": True}]
    (catalog,) = [volume for volume in nightly["volumes"] if isinstance(volume, dict)]
    assert catalog["read_only"] is True
    assert nightly["healthcheck"] == {"disable": True}, "the image's own asks a service that does not run here"


def test_the_cluster_has_three_nodes_that_share_nothing():
    base, found = compose("compose.yaml"), compose("compose.cluster.yaml")
    nodes = {name: found["services"][name] for name in ("qdrant", "qdrant-2", "qdrant-3")}
    for name, node in nodes.items():
        environment = node["environment"]
        assert environment["QDRANT__CLUSTER__ENABLED"] == "true"
        assert environment["QDRANT__CLUSTER__P2P__PORT"] == "6335"
        assert node["command"][-2:] == ["--uri", f"http://{name}:6335"]
        assert (node["command"][:2] == ["--bootstrap", "http://qdrant:6335"]) is (name != "qdrant")
    volumes = [
        v.split(":")[0] for node in (base["services"]["qdrant"], *nodes.values()) for v in node.get("volumes", ())
    ]
    assert len(volumes) == len(set(volumes)) == 6
    aliases = {alias for node in nodes.values() for alias in node["networks"]["backend"]["aliases"]}
    for client in ("serve", "nightly"):
        assert found["services"][client]["environment"]["LIKEWISE_STORE"] == f"http://{aliases.copy().pop()}:6333/shop"


def test_the_image_runs_as_a_numbered_user_and_watches_itself():
    found = instructions()
    stages = [at for at, (keyword, _) in enumerate(found) if keyword == "FROM"]
    assert len(stages) == 2
    assert all(re.match(r"python:3\.11-slim( AS \w+)?$", found[at][1]) for at in stages)
    last = dict(found[stages[-1] :])
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last["USER"])
    assert int(last["USER"].split(":")[0]) == pod("Deployment")["securityContext"]["runAsUser"]
    assert json.loads(last["ENTRYPOINT"]) == ["likewise"]
    assert "/var/cache/likewise" in json.loads(last["VOLUME"])
    assert "LIKEWISE_CACHE=/var/cache/likewise" in shlex.split(last["ENV"])
    program = json.loads(last["HEALTHCHECK"].partition(" CMD ")[2])[-1]
    compile(program, "HEALTHCHECK", "exec")
    assert "/healthz" in program
    copied = [rest for keyword, rest in found[stages[-1] :] if keyword in ("COPY", "ADD")]
    assert copied == ["--from=build /opt/likewise /opt/likewise"]


def test_the_image_is_built_from_what_it_needs_and_nothing_else():
    sources = [
        word
        for keyword, rest in instructions()
        if keyword == "COPY" and "--from" not in rest
        for word in rest.split()[:-1]
    ]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert set(sources) == set(allowed)
    assert all((ROOT / source).exists() for source in sources)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines.index("*") < lines.index("!deploy/") < lines.index("deploy/secrets/")
    assert dict(instructions()[:2][1:])["ARG"] == 'TORCH_INDEX=""'


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_units_are_hardened_and_get_their_key_as_a_credential(path):
    found = unit(path)
    for key in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"):
        assert found[key] == ["yes"], key
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert "LIKEWISE_API_KEY_FILE=%d/key" in found["Environment"]
    (credential,) = found["LoadCredential"]
    assert credential.startswith("key:/etc/likewise/")
    assert found["SetCredential"] == ["key:\\n"], "an empty key, where there is no file"
    assert found["User"] == found["StateDirectory"] == found["CacheDirectory"] == ["likewise"]


def test_the_timer_makes_up_for_a_missed_night_and_the_unit_retries_what_may_pass():
    timer = unit(DEPLOY / "systemd" / "likewise-reindex.timer")
    assert timer["Persistent"] == ["true"]
    reindex = unit(DEPLOY / "systemd" / "likewise-reindex.service")
    assert reindex["Type"] == ["oneshot"]
    assert "SuccessExitStatus" not in reindex
    never = {int(code) for code in reindex["RestartPreventExitStatus"][0].split()}
    assert never - {130} == HOPELESS
    assert not never & RETRIED


def test_no_file_holds_a_key():
    held = re.compile(r"(?i)(key|token|password)[\"']?\s*[:=]\s*[\"']?[a-z0-9+_-]{20,}")
    assert held.search('QDRANT__SERVICE__API_KEY: "0123456789abcdef0123"')
    for path in [path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]:
        if path.parent.name == "secrets":
            continue
        for line in path.read_text("utf-8").splitlines():
            assert not held.search(line), f"{path.name}: {line}"
    for kind in ("Deployment", "CronJob"):
        (container,) = pod(kind)["containers"]
        assert "LIKEWISE_API_KEY" not in {variable["name"] for variable in container["env"]}
    assert set(named("Secret")["stringData"].values()) == {"REPLACE-ME"}
    assert (DEPLOY / ".gitignore").read_text().splitlines()[0] == "/secrets/"
