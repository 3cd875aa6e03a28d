# `make run` serves the demo, `make test` checks everything. `make own DATA=folder` trains a 2-D model
# on your images, evaluates it and serves the demo with it. `make weights` trains and evaluates all
# shipped models (hours) and resumes where it stopped.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

OPTIONS ?= --epochs 10

.PHONY: run own named weights images test lint

run: $(VENV)/.run
	$(BIN)/python app.py

own: named $(VENV)/.training
	$(BIN)/python -m training.train vae-2d --data "$(DATA)" --output weights/vae-2d-own $(OPTIONS)
	$(BIN)/python -m training.evaluate weights/vae-2d-own --data "$(DATA)" --samples 100
	$(BIN)/python app.py

MODELS := vae-2d vae-32d $(patsubst weights/%/training.jsonl,%,$(wildcard weights/study/*/training.jsonl))
DONE := $(VENV)/weights# a stamp for each model that is trained and evaluated
ON := $(if $(DATA),--data "$(DATA)")

weights: $(addprefix $(DONE)/,$(MODELS)) $(DONE)/paired
	$(BIN)/python -m training.reports.render

# Differences between the models of the study, image by image.
$(DONE)/paired: $(addprefix $(DONE)/,$(filter study/%,$(MODELS)))
	$(BIN)/python -m training.evaluation.paired $(ON)
	touch $@

# --resume resumes an interrupted training; an interrupted evaluation needs no option to resume.
$(DONE)/%: | $(VENV)/.training
	$(BIN)/python -m training.train $* --output weights/$* --resume $(TRAIN) $(ON)
	$(BIN)/python -m training.evaluate weights/$* $(EVALUATE) $(ON)
	$(AFTER)
	mkdir -p $(@D) && touch $@

$(DONE)/vae-2d $(DONE)/vae-32d: EVALUATE = --more-images 1000
$(DONE)/study/%: EVALUATE = --samples 100 --cells 250 --codes 5000 $(PRIORS)
$(addprefix $(DONE)/study/,ae dae cae vae ae-32d vae-32d): PRIORS = --fit-priors
$(DONE)/study/vae: TRAIN = --snapshots 40
$(DONE)/study/vae: AFTER = $(BIN)/python -m training.snapshots $(ON)
# No tab decodes with the models that differ in the variance head, so only their metrics are kept.
$(foreach head,log softplus relu abs,$(DONE)/study/$(head)-%): AFTER = \
	cd weights/$* && rm -f model.safetensors latents.npz samples.png plane.png

named:
	@test -n "$(DATA)" || { echo 'Name the data: make own DATA=folder'; exit 2; }

# Three processes on two cores, because one often waits for a browser and a server. Without sorting:
# xdist would run files of few but long tests last, and two processes would wait for the third.
test: lint
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings app tests

# The images of README.md, recorded from the page; needs chromium on the PATH.
images: $(VENV)/.test
	$(BIN)/python -m docs.record

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
