# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
.PHONY: help setup check test test-matrix test-fragment test-release test-ee test-awx test-eda test-vulnerabilities nox sbom docs demo benchmark reliability model assumptions pictures screens lock clean

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## Make .venv with the pinned tools (PYTHON=… chooses the interpreter)
	@sh tests/setup.sh > /dev/null

check: setup ## Run unit tests, lint and types, in less than ninety seconds
	@.venv/bin/python -B tests/run.py check

test: setup ## Run every check and end with one screen (STAGES="unit lint" runs some)
	@.venv/bin/python -B tests/run.py $(STAGES)

test-matrix: setup ## Test with every supported ansible-core (ROWS="2.17 2.21" STAGES="unit" runs some)
	@.venv/bin/python -B tests/matrix.py --rows $(ROWS) --stages $(STAGES)

test-fragment: ## Check that changes of plugins and roles since BASE (origin/main) have a changelog fragment
	@sh tests/checks/fragment.sh

test-release: setup ## Check that the tag TAG may be released: galaxy.yml and the changelog name the same version
	@.venv/bin/python -B tests/environment.py python tests/checks/release.py

# In a copy that lies in a checkout, antsibull-docs does not find the plugins. So the copies are outside.
nox: ## Run the checks of the Ansible community with antsibull-nox (SESSIONS="docs-check" runs some)
	@venv=$$(sh tests/setup.sh --nox) && "$$venv/bin/python" -B tests/environment.py env -u ANSIBLE_COLLECTIONS_PATH TMPDIR=$(or $(TMPDIR),/tmp) nox $(if $(SESSIONS),-s $(SESSIONS))

test-vulnerabilities: ## Look up known vulnerabilities of all pinned packages
	@venv=$$(sh tests/setup.sh --audit) && "$$venv/bin/python" -B tests/environment.py python tests/checks/vulnerabilities.py

sbom: ## Write the bill of materials of an execution environment's Python packages, .work/sbom
	@venv=$$(sh tests/setup.sh --audit) && "$$venv/bin/python" -B tests/environment.py python tests/checks/vulnerabilities.py --sbom

test-ee: setup ## Make the context of an execution environment, and run the demo in what it asks for and nothing else
	@.venv/bin/python -B tests/environment.py python -m pytest -q tests/platforms/test_execution_environment.py

test-awx: setup ## Set up a stand-in for AWX with the modules of awx.awx, and run what its job templates run
	@.venv/bin/python -B tests/environment.py python -m pytest -q tests/platforms/test_awx.py

test-eda: setup ## Post callbacks to the sample rulebook under the real ansible-rulebook (needs Java)
	@.venv/bin/python -B tests/environment.py python -m pytest -q tests/platforms/test_rulebook.py

docs: setup ## Build the documentation site, .work/site/html/index.html
	@.venv/bin/python -B tests/environment.py python tests/checks/documentation_site.py

demo: ## Show the collection at work against the simulator, with ansible-core and requests alone
	@venv=$$(sh tests/setup.sh --demo) && echo 'Starting ansible-playbook chatapp.cams.demo …' && cd .work && \
	"$$venv/bin/python" -B ../tests/environment.py python -u -m ansible playbook chatapp.cams.demo

benchmark: setup ## Measure fleet and client against bounds and other ways (SECTIONS="passes ways" runs some)
	@.venv/bin/python -B tests/environment.py python tests/benchmark/run.py $(SECTIONS)

reliability: setup ## Kill, send signals, play ten thousand histories and 300 plays, change every answer (SEED=… repeats a run)
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_kills.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_codes.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_readings.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_first_contacts.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_signals.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -n 2 tests/reliability/test_plays.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -n 2 tests/reliability/test_histories.py
	@PLANS=10000 .venv/bin/python -B tests/environment.py python -m pytest -q -n 2 tests/unit/lifecycle/test_planner.py
	@WITHOUT_RULE=2 .venv/bin/python -B tests/environment.py python tests/reliability/played.py 1000
	@WITHOUT_RULE=3 .venv/bin/python -B tests/environment.py python tests/reliability/played.py 1000
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_store_histories.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q -s tests/reliability/test_adversary.py
	@.venv/bin/python -B tests/environment.py python -m pytest -q tests/reliability/test_screens.py

model: setup ## Check the protocol of the PostgreSQL store with spin: each protection, and what happens without it
	@.venv/bin/python -B tests/environment.py python tests/checks/protocol_model.py

assumptions: setup ## Make the table in assumptions.rst and the simulator's readings from the table of assumptions
	@.venv/bin/python -B tests/environment.py python tests/checks/assumptions.py

pictures: setup ## Make the pictures of the report anew from real runs, for docs/
	@.venv/bin/python -B tests/environment.py python tests/browser/pictures.py

screens: setup ## Make the screens in docs/screens and their guide anew (STORIES="first_migration" makes some)
	@.venv/bin/python -B tests/environment.py python tests/screens/make.py $(STORIES)

lock: ## Resolve each tests/requirements/*.in into its *.txt (UPGRADE=yes takes the newest of everything)
	@sh tests/setup.sh --lock

clean: ## Remove .venv and .work, which hold everything that was generated
	rm -rf .venv .work
