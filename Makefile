# `make run` serves the demo, `make test` checks everything. `make own DATA=folder` trains two
# dimensions on pictures of one's own, measures them and serves the demo with them beside the others.
# `make weights` trains and measures all shipped weights anew, in hours.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

OPTIONS ?= --epochs 10

.PHONY: run own named weights test browser-tests other-tests lint

run: $(VENV)/.run
	$(BIN)/python app.py

own: named $(VENV)/.training
	$(BIN)/python -m training.train vae-2d --data "$(DATA)" --output weights/vae-2d-own $(OPTIONS)
	$(BIN)/python -m training.evaluate weights/vae-2d-own --data "$(DATA)" --samples 100
	$(BIN)/python app.py

weights: $(VENV)/.training
	$(BIN)/python -m training.weights

named:
	@test -n "$(DATA)" || { echo 'Name the data: make own DATA=folder'; exit 2; }

# Beside each other: one waits for a browser and a server where the other computes.
test: lint
	$(MAKE) --jobs 2 --output-sync browser-tests other-tests

browser-tests: $(VENV)/.test
	$(BIN)/python -m pytest tests/browser

other-tests: $(VENV)/.test
	$(BIN)/python -m pytest --ignore tests/browser

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings app tests

# A stamp per list of requirements, so that the second time installs nothing.
$(VENV)/.run: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.training: $(VENV)/.run requirements-training.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-training.txt
	touch $@

$(VENV)/.test: $(VENV)/.training requirements-test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $@
