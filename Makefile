# Two commands do everything on a fresh machine: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check clean picture gate

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
STAMP := .venv/.coachbot-ready

help: ## Show what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | sort

setup: $(STAMP) ## Install everything into .venv

$(STAMP): pyproject.toml uv.lock | uv
	$(UV) sync --frozen --quiet
	@touch $@

.PHONY: uv
uv:
	@command -v $(UV) >/dev/null 2>&1 || { \
	  echo "Getting uv into .uv/ ..."; \
	  python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check "uv>=0.5"; }

demo: setup ## Recap the bundled sample calls and show the result
	@$(RUN) coachbot demo

test: setup ## Run the tests
	$(RUN) pytest -n auto

lint: setup ## Ruff, mypy and the layers
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

check: test lint ## Everything that CI runs

picture: setup ## Render the README's picture of a recap
	$(RUN) python docs/make_picture.py

clean: ## Remove what was installed and built
	rm -rf .venv .uv dist build .mypy_cache .ruff_cache .pytest_cache

gate: setup ## Score the labelled calls and require that nothing got worse than the committed baseline
	$(RUN) coachbot evals gate core
