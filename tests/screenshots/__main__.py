"""`python -m tests.screenshots`: start everything, launch what is to be seen, write docs/images/."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.bench.live_page import browser_of_bench
from tests.screenshots.camera import Camera
from tests.screenshots.pages import EMPTY, PICTURES
from tests.screenshots.scenes import set_scenes
from tests.support.processes import PROJECT
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker

IMAGES = PROJECT / "docs" / "images"
#: Seven steps are held for the pictures; the others still have to get on.
SLOTS = 12
#: Every queue but one: something waits for that.
QUEUES = "default,priority,cpu_intensive,io_intensive,io,mail"


def main() -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="celeriac-screenshots-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        store = StoreServer().start()
        stack.callback(store.stop)
        settings = _settings(store, directory)
        engine = WorkflowEngine(settings)
        stack.callback(engine.close)
        engine.load_workflows()
        engine.publish_workflows()
        web = WebServer(settings, log_directory=directory).start()
        stack.callback(web.stop)
        worker = Worker(
            settings, log_directory=directory, options=("-n", "worker-1@shop", "-Q", QUEUES)
        ).start()
        stack.callback(worker.stop)
        browser = stack.enter_context(browser_of_bench())
        camera = Camera(browser, web.url, directory / "images")
        camera.take(EMPTY, {})
        ids = set_scenes(engine, web.url)
        print(f"{time.monotonic() - started:.0f} s: everything stands where it is to be seen")
        camera.take(PICTURES, ids)
        _replace(IMAGES, directory / "images")
    _report(started)
    if camera.complaints:
        sys.exit("Not as they should be:\n" + "\n".join(camera.complaints))


def _settings(store: StoreServer, directory: Path) -> Settings:
    return Settings(
        redis_url=store.url,
        namespace="pictures",
        workflows=("celeriac.examples", "tests.screenshots.workflows"),
        data_dir=directory / "data",
        concurrency=SLOTS,
        development=True,
        retry_base=0.4,
        # What is being cancelled goes on being so until the last picture.
        cancel_kill=600,
        cancel_grace=900,
    )


def _replace(directory: Path, by: Path) -> None:
    """All at once, at the end: who breaks off keeps what was there. Pictures of pages that are gone go, too."""
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(by, directory)


def _report(started: float) -> None:
    sizes = [path.stat().st_size for path in IMAGES.glob("*.png")]
    where = IMAGES.relative_to(PROJECT)
    print(f"{time.monotonic() - started:.0f} s: {len(sizes)} pictures in {where}, {sum(sizes) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
