# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that sets up AWX, with the real modules of awx.awx against a stand-in for its API: ``make test-awx``.

A real AWX is not at hand. What the modules ask of it is; what AWX does with it is not proved here.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from doc_blocks import blocks_of_page
from platforms.bare import FOLDER, run
from platforms.fake_awx import TOKEN, FakeAwx
from playbook_runs import Run, credentials_environment, run_playbook
from simulator_process import Simulator
from worlds import SPACE, make_space

# The package `ansible` of PyPI carries awx.awx; Galaxy need not be reached.
ANSIBLE_PACKAGE = "tests/requirements/awx.txt"
NUMBERS = ["+8613900000001", "+390212345678"]
ID, SECRET = "LTAI5tOfTheTests", "secret-of-the-tests"
STORE, ROLE, PASSWORD = "postgresql://db.example.com/cams", "cams", "password-of-the-tests"


@pytest.fixture(scope="session")
def awx_collection() -> Path:
    """awx.awx, taken out of the package."""
    target = FOLDER / "awx-collection"
    if not (target / "ansible_collections/awx/awx/MANIFEST.json").is_file():
        download = FOLDER / "download"
        pip = ("python", "-m", "pip", "download", "-qq", "--no-deps", "--require-hashes")
        run(*pip, "--dest", str(download), "-r", ANSIBLE_PACKAGE)
        [wheel] = download.glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
            archive.extractall(target, members)
        wheel.unlink()
    return target


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the guide has people put into the repository of their project."""
    folder = tmp_path_factory.mktemp("project")
    for block in blocks_of_page("docs/docsite/rst/guide_awx.rst"):
        if "/" in block.caption or block.caption in {"plan.yml", "reconcile.yml"}:
            (folder / block.caption).parent.mkdir(exist_ok=True)
            (folder / block.caption).write_text(block.text, encoding="utf-8")
    return folder


@pytest.fixture
def awx() -> Iterator[FakeAwx]:
    ready = FakeAwx(
        organizations=[{"name": "Default"}],
        projects=[{"name": "chatapp-cams", "organization": 1}],
        inventories=[{"name": "WhatsApp numbers", "organization": 1}],
        execution_environments=[{"name": "CAMS EE"}],
    )
    with ready:
        yield ready


@pytest.fixture
def setup(awx: FakeAwx, awx_collection: Path, contained: dict[str, str], tmp_path: Path) -> Any:
    environment = {
        **contained,
        "ANSIBLE_COLLECTIONS_PATH": f"{contained['ANSIBLE_COLLECTIONS_PATH']}:{awx_collection}",
        "CONTROLLER_HOST": awx.url,
        "CONTROLLER_OAUTH_TOKEN": TOKEN,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    }
    for name in ("PGUSER", "PGPASSWORD"):
        environment.pop(name, None)

    def apply(more: Mapping[str, str] | None = None, **variables: Any) -> Run:
        return run_playbook("chatapp.cams.awx", {**environment, **(more or {})}, tmp_path, "-e", json.dumps(variables))

    return apply


def test_everything_is_made_once_and_left_alone_after_that(awx: FakeAwx, setup: Any) -> None:
    first = setup()
    assert first.status == 0, first.output
    assert SECRET not in first.output
    written = len(awx.writes)

    second = setup()

    assert second.status == 0, second.output
    assert "changed=0" in second.output, second.output
    assert len(awx.writes) == written, awx.writes[written:]


def test_the_credential_hands_its_key_to_jobs_in_the_variables_that_modules_read(awx: FakeAwx, setup: Any) -> None:
    assert setup().status == 0

    kind = awx.named("credential_types")["Alibaba Cloud access key for CAMS"]
    assert kind["injectors"]["env"] == {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "{{ access_key_id }}",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "{{ access_key_secret }}",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "{{ security_token }}",
    }
    fields = {field["id"]: field.get("secret", False) for field in kind["inputs"]["fields"]}
    assert fields == {"access_key_id": False, "access_key_secret": True, "security_token": True}
    [credential] = awx.objects["credentials"].values()
    assert credential["inputs"] == {"access_key_id": ID, "access_key_secret": SECRET}
    assert credential["credential_type"] == kind["id"]


def test_the_store_of_the_environment_becomes_a_credential_of_every_job_template(awx: FakeAwx, setup: Any) -> None:
    run = setup({"CAMS_STORE": STORE, "PGUSER": ROLE, "PGPASSWORD": PASSWORD})

    assert run.status == 0, run.output
    assert PASSWORD not in run.output
    kind = awx.named("credential_types")["CAMS store"]
    assert kind["injectors"]["env"] == {
        "CAMS_STORE": "{{ url }}",
        "PGUSER": "{{ user }}",
        "PGPASSWORD": "{{ password }}",
    }
    fields = {field["id"]: field.get("secret", False) for field in kind["inputs"]["fields"]}
    assert fields == {"url": False, "user": False, "password": True}
    credential = awx.named("credentials")["CAMS store"]
    assert credential["credential_type"] == kind["id"]
    assert credential["inputs"] == {"url": STORE, "user": ROLE, "password": PASSWORD}
    assert_that_each_job_requires_the_store(awx)


def test_the_role_of_the_store_can_come_from_its_address(awx: FakeAwx, setup: Any) -> None:
    address = STORE.replace("//", f"//{ROLE}@")
    assert setup(awx_store=address).status == 0
    assert awx.named("credentials")["CAMS store"]["inputs"] == {"url": address, "user": ROLE}


def test_an_update_without_the_store_in_its_environment_keeps_the_store(awx: FakeAwx, setup: Any) -> None:
    assert setup({"CAMS_STORE": STORE, "PGUSER": ROLE, "PGPASSWORD": PASSWORD}).status == 0
    written = len(awx.writes)

    run = setup()

    assert run.status == 0, run.output
    assert awx.writes[written:] == []
    assert_that_each_job_requires_the_store(awx)


def assert_that_each_job_requires_the_store(awx: FakeAwx) -> None:
    credentials = sorted(one["id"] for one in awx.objects["credentials"].values())
    assert len(credentials) == 2
    for one in awx.objects["job_templates"].values():
        assert json.loads(one["extra_vars"])["cams_store_required"] is True
        assert sorted(awx.related[f"job_templates/{one['id']}/credentials"]) == credentials


def test_each_job_template_stops_where_its_name_says(awx: FakeAwx, setup: Any, project: Path) -> None:
    assert setup(awx_slices=4, awx_journal="/journals/cams.jsonl").status == 0

    templates = awx.named("job_templates")
    states = {name: json.loads(one["extra_vars"]).get("cams_state") for name, one in templates.items()}
    assert states == {
        "CAMS plan": None,
        "CAMS request codes": "verified",
        "CAMS submit codes": "verified",
        "CAMS register": "registered",
    }
    assert {name: one["job_slice_count"] for name, one in templates.items()} == {
        name: 1 if name == "CAMS plan" else 4 for name in templates
    }
    for one in templates.values():
        assert not one["allow_simultaneous"]
        variables = json.loads(one["extra_vars"])
        assert variables["cams_journal"] == "/journals/cams.jsonl"
        # A value for jobs without a store would override the value of the inventory.
        assert "cams_store_required" not in variables
        assert (project / one["playbook"]).is_file()
        assert awx.related[f"job_templates/{one['id']}/credentials"] == [awx.named("credentials")["CAMS"]["id"]]


def test_codes_are_asked_for_as_a_password(awx: FakeAwx, setup: Any) -> None:
    assert setup().status == 0

    questions = {
        (question["variable"], question["type"])
        for survey in awx.related.values()
        if isinstance(survey, dict)
        for question in survey["spec"]
    }
    assert questions == {("cams_max_changes", "integer"), ("cams_resend", "text"), ("codes_text", "password")}


def test_the_workflow_registers_only_after_somebody_has_approved_the_plan(awx: FakeAwx, setup: Any) -> None:
    assert setup().status == 0

    nodes = awx.objects["workflow_job_template_nodes"]
    jobs = {
        one["id"]: one
        for kind in ("job_templates", "workflow_approval_templates")
        for one in awx.objects[kind].values()
    }
    order, [at] = [], [number for number, one in nodes.items() if one["identifier"] == "submit-codes"]
    while True:
        order.append(jobs[nodes[at]["unified_job_template"]]["name"])
        following = awx.related.get(f"workflow_job_template_nodes/{at}/success_nodes", [])
        if not following:
            break
        [at] = following
    assert order == ["CAMS submit codes", "CAMS plan", "Register these numbers?", "CAMS register"]
    assert len(nodes) == len(order)


def test_a_project_that_is_missing_is_told(awx: FakeAwx, setup: Any) -> None:
    run = setup(awx_project="not-there")
    assert run.status == 2
    assert "not-there" in run.output


def test_the_project_of_the_guide_does_what_the_job_templates_ask_of_it(
    awx: FakeAwx, setup: Any, project: Path, contained: dict[str, str], tmp_path: Path
) -> None:
    """Each job as AWX would start it: the template's variables, answers of the survey, the credential's environment."""
    assert setup().status == 0
    templates = awx.named("job_templates")
    hosts = {"shop": {"cams_phone_number": NUMBERS[0]}, "customer": {"cams_numbers": NUMBERS[1:]}}
    (tmp_path / "numbers.json").write_text(
        json.dumps({"all": {"hosts": hosts, "vars": {"cams_cust_space_id": SPACE}}}), encoding="utf-8"
    )
    with Simulator() as simulator:
        simulator.control.change_settings(rate_limit=0, register_seconds=0)
        simulator.control.seed({"spaces": [make_space()]})
        environment = {**contained, **credentials_environment(simulator), "XDG_STATE_HOME": str(tmp_path / "state")}

        def launch(name: str, **answers: Any) -> None:
            one = templates[name]
            inventories = ("-i", str(project / "inventory/codes.yml"), "-i", str(tmp_path / "numbers.json"))
            variables = {**json.loads(one["extra_vars"]), **answers, "cams_rate_limit": 1000}
            run = run_playbook(
                project / one["playbook"], environment, tmp_path, *inventories, "-e", json.dumps(variables)
            )
            assert run.status == 0, run.output
            assert not any(code in run.output for code in codes.values())

        def statuses() -> dict[str, tuple[str, int]]:
            [found] = [one for one in simulator.control.world()["spaces"] if one["cust_space_id"] == SPACE]
            return {f"+{one['phone_number']}": (one["status"], one["effects"]["registers"]) for one in found["numbers"]}

        codes: dict[str, str] = {}
        launch("CAMS plan")
        assert statuses() == {}
        launch("CAMS request codes", cams_resend="", cams_max_changes=50)
        assert statuses() == dict.fromkeys(NUMBERS, ("MIGRATING", 0))
        codes = {number: simulator.control.code(number.strip("+")) or "" for number in NUMBERS}
        launch("CAMS submit codes", codes_text=" ".join(f"{name}={code}" for name, code in codes.items()))
        assert {registers for _status, registers in statuses().values()} == {0}
        assert sum(one["hand_ins_right"] for one in simulator.control.effects()["numbers"]) == 2
        launch("CAMS register", cams_max_changes=50)
        assert statuses() == dict.fromkeys(NUMBERS, ("CONNECTED", 1))
