"""What the server keeps of those who call it."""

import subprocess
import sys
from pathlib import Path

from app.model.vae import VAE, VAEConfig
from app.server import EVENTS
from app.ui import SESSIONS
from tests.paths import ROOT

# A process of its own: Gradio leaves an event loop behind and calls what pandas has deprecated.
COUNT = """
import sys
from pathlib import Path

import httpx
import torch

from app.registry.models import ModelRegistry
from app.server import launch
from app.ui import build, launch_options

registry = ModelRegistry(Path(sys.argv[1]), torch.device("cpu"))
page = build(registry)
launch(page, None, prevent_thread_lock=True, quiet=True, **launch_options(registry))
with httpx.Client(base_url=f"{page.local_url}gradio_api/call/models", timeout=60) as client:
    for _ in range(int(sys.argv[2])):
        event = client.post("", json={"data": []}).json()["event_id"]
        assert "event: complete" in client.get(event).text
sessions = page.state_holder.session_data.values()
print("sessions:", len(sessions))
print("configurations:", max(len(session.config_values) for session in sessions))
queue = page._queue
print("messages:", queue.pending_messages_per_session.max_size)
print("events:", queue.pending_event_ids_session.max_size)
print("durations:", queue.ANALYTICS_MAX_EVENTS)
print("summaries:", len(queue.cached_event_analytics_summary["functions"]))
page.close()
"""


def test_calls_do_not_add_up_to_sessions(tmp_path: Path) -> None:
    VAE(VAEConfig(latent_dim=2, encoder_width=8, decoder_width=8)).save_pretrained(tmp_path / "own")
    command = [sys.executable, "-c", COUNT, str(tmp_path), str(SESSIONS + 20)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    kept = int(told.partition("sessions:")[2].split()[0])
    assert 0 < kept <= SESSIONS
    # Of the one component that the call has answered, not of all components.
    assert int(told.partition("configurations:")[2].split()[0]) <= 1
    for events in ("messages", "events", "durations"):
        assert int(told.partition(f"{events}:")[2].split()[0]) == EVENTS
    assert int(told.partition("summaries:")[2].split()[0]) == 0
