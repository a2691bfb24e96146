# Everything a person types. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export SHUYANG_HOME ?= $(CURDIR)/data
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test style check bench ui clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  /'

INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

$(VENV)/.product: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) '.[ui,samples]'
	touch $@

# What only tests need comes on top: Spark's client and servers are no part of the product.
$(VENV)/.installed: $(VENV)/.product
	$(INSTALL) '.[dev]'
	touch $@

run: $(VENV)/.product ## the demonstration county's night, end to end
	@$(BIN)/python -m samples generate
	@$(BIN)/shuyang run; code=$$?; if [ $$code -ne 0 ] && [ $$code -ne 3 ]; then exit $$code; fi
	@$(BIN)/python -m samples verify
	@echo '接下来：shuyang targets --evidence（逐条依据）· shuyang query "select * from targets.rates" · 质量页 $(SHUYANG_HOME)/reports/pages/index.html · make ui（127.0.0.1:3000）· 开放数据在 $(SHUYANG_HOME)/published/open'
	@echo '命令 shuyang 在 $(BIN)/shuyang；受阻的数据集是示范数据里有意放进去的，已与 truth.json 核对。'

test: $(VENV)/.installed ## the whole test suite
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests

style: $(VENV)/.installed ## style, types, import contracts, catalog
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/shuyang check

check: style ## the same, and the fast tests
	$(BIN)/python -m pytest -q tests/unit tests/catalog tests/architecture

bench: $(VENV)/.installed ## ratios against named baselines, into benchmarks/results.json
	$(BIN)/python -m benchmarks

PORT ?= 3000
PAGES_PORT ?= 8000
ui: $(VENV)/.product ## Dagster's interface on 127.0.0.1:$(PORT), our pages on $(PAGES_PORT)
	$(BIN)/python -m pipelines.ui --port $(PORT) --pages-port $(PAGES_PORT)

clean: ## the virtual environment and the state
	rm -rf $(VENV) data
