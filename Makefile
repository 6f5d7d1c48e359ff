# `make dossier` builds the document, `make test` runs every test; both set up what they need, once.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help dossier test check figures pages bench lock clean

help: ## Dire ce que chaque cible fait
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

dossier: .venv/.ready ## Fabriquer output/pas.pdf et output/pas.docx
	$(BIN)/pasbuild build

check: .venv/.ready ## Contrôler le dossier sans rien écrire
	$(BIN)/pasbuild check

figures: .venv/.ready ## Dessiner les figures dans output/figures/
	$(BIN)/pasbuild figures

pages: .venv/.ready ## Montrer toutes les pages du PDF dans output/pages/
	$(BIN)/pasbuild pages

test: .venv/.ready-dev ## Lancer tous les tests et contrôles
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto

bench: .venv/.ready-bench ## Mesurer la fabrication et ses concurrents (ARGS="--only peers --runs 3")
	$(BIN)/python benchmarks/measure.py $(ARGS)

lock: .venv/.ready-dev ## Refaire les listes de dépendances verrouillées
	$(BIN)/python -m piptools compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe --build-deps-for wheel -o requirements.lock pyproject.toml
	$(BIN)/python -m piptools compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## Effacer l'environnement, le cache et les sorties
	rm -rf .venv .cache output/*

# --- set-up: redone only when what it depends on changes ---------------------------------------------------------------

.venv/.ready: requirements.lock pyproject.toml setup.sh
	./setup.sh
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.ready-bench: .venv/.ready-dev
	$(PIP) install --no-build-isolation -e '.[bench]' && touch $@ || echo "typst et pandoc absents : leurs lignes le diront"
