# Plumb (准绳). `make help` lists what there is; every target that needs something sets it up first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo up doctor test test-again check bench bench-reads bench-letters bench-run chaos soak fmt map chart clean

BIN := .venv/bin
# A file's tests stay on one worker, which makes what they share once; files come in the order of tests/support/sharing.py.
# One worker more than two processors: each waits two fifths of its time, for clocks, files and whom it has woken.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder
TIMES ?= 10
BUSY ?= 4
SEED ?= 1
BENCH_ARGS ?=
# Tests and servers start dozens of processes; let them share what one has compiled.
export PYTHONDONTWRITEBYTECODE :=

##@ 使用 / Use
demo: setup ## 演示：从导入人员到签章责任书 / the main job, end to end, PDFs in var/demo
	@$(BIN)/plumb demo

up: setup ## 启动 API 与工作进程，Ctrl-C 结束 / serve API and worker until Ctrl-C
	@$(BIN)/plumb up

doctor: setup ## 检查运行环境 / name what is missing and the command that mends it
	@$(BIN)/plumb doctor

##@ 开发 / Develop
setup: ## 准备环境（可重复运行） / .venv from uv.lock and system packages; safe to repeat
	@scripts/bootstrap

test: setup ## 运行全部测试 / all tests, on real PostgreSQL and Valkey
	@$(BIN)/pytest $(PYTEST_ARGS)

test-again: setup ## 在负载下反复运行所选测试 / chosen tests again beside busy loops; TESTS="tests/server" TIMES=10 BUSY=4 SEED=1
	@scripts/test-again $(TIMES) $(BUSY) $(SEED) $(TESTS)

check: setup ## 静态检查，与 CI 相同 / what CI checks: style, types, contracts, SDL, map, chart, templates
	@scripts/check

bench-letters: setup ## 责任书对比 / letters beside WeasyPrint and typst with pyHanko; BENCH_ARGS="--letters 40"
	@$(BIN)/python -m benchmarks.letters $(BENCH_ARGS)

bench-run: setup ## 一万份批量签发 / 10,000 letters by real processes, another company's beside them; BENCH_ARGS="--letters 500"
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.letter_run $(BENCH_ARGS)

chaos: setup ## 一千份责任书的故障演练 / a thousand letters while worker, relay, Valkey and PostgreSQL fail, alone and mixed
	@PLUMB_CHAOS_LETTERS=1000 $(BIN)/pytest -n 0 tests/workers/test_chaos.py tests/workers/test_killed_steps.py \
		tests/workers/test_postgres_restarts.py tests/workers/test_mixed_faults.py \
		tests/workers/test_paused_and_killed_runs.py

soak: setup ## 随机测试多次重复 / tests that draw at random, as often as takes minutes; the rows' own numbers are part of `make test`
	@PLUMB_SOAK=1 $(BIN)/pytest $(PYTEST_ARGS) $$(grep -rl --include="test_*.py" "support.soak" tests)

fmt: setup ## 格式化代码 / format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: setup ## 性能基准 / benchmarks, as ratios
	@scripts/bench

bench-reads: setup ## GraphQL 读取对比 / reads beside the raw limit and peers; BENCH_ARGS=--quick for a short run
	@scripts/bench-reads $(BENCH_ARGS)

##@ 维护 / Maintain
map: setup ## 重写 docs/ 中的 map、rows、reference / write the map, the rows and the reference from the code
	@$(BIN)/python scripts/docs_map.py --write
	@$(BIN)/python scripts/rows.py --write
	@$(BIN)/python scripts/reference.py --write

chart: setup ## 检查 Helm Chart / lint, render and validate the chart
	@$(BIN)/python scripts/chart/check.py

clean: ## 删除缓存与虚拟环境（保留 var 中的数据） / remove caches and .venv, keep the data in var
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## 显示本列表 / show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
