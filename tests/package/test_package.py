# SPDX-License-Identifier: MIT
"""The .deb: what is in it, that it says the truth, that it works where it is installed, that
nothing stays behind, and that the same build packs to the same bytes."""

import gzip
import hashlib
import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from debian_package import BUILD, ROOT, Installation, control, members, pack, run

PATIENCE = 20
PROGRAMS = ("gaterouterd", "gaterouter")
SIDES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
FILES = {
    *(f"usr/bin/{name}" for name in PROGRAMS),
    *(f"usr/share/man/man1/{name}.1.gz" for name in PROGRAMS),
    "usr/share/man/man5/gaterouter-config.5.gz",
    *(f"usr/share/bash-completion/completions/{name}" for name in PROGRAMS),
    *(f"usr/share/zsh/vendor-completions/_{name}" for name in PROGRAMS),
    *(f"usr/share/fish/vendor_completions.d/{name}.fish" for name in PROGRAMS),
    "usr/lib/systemd/user/gaterouterd.service",
    "usr/share/applications/gaterouter.desktop",
    "usr/share/metainfo/gaterouter.metainfo.xml",
    *(f"usr/share/icons/hicolor/{side}x{side}/apps/gaterouter.png" for side in SIDES),
    "usr/share/icons/hicolor/scalable/apps/gaterouter.svg",
    "usr/share/icons/hicolor/symbolic/apps/gaterouter-symbolic.svg",
    "usr/share/gaterouter/config.schema.json",
    "usr/share/doc/gaterouter/copyright",
    "usr/share/doc/gaterouter/changelog.gz",
}


class Package(unittest.TestCase):
    """One package, installed in one folder, for every test."""

    @classmethod
    def prepare(cls):
        place = tempfile.TemporaryDirectory(prefix="gr-package-")
        unittest.addModuleCleanup(place.cleanup)
        cls.folder = Path(place.name)
        cls.deb = pack(cls.folder / "one", 0o022)
        cls.fields = control(cls.deb)
        cls.entries = members(cls.deb, "--fsys-tarfile")
        cls.bytes = {entry.name[2:]: content for entry, content in cls.entries
                     if content is not None}
        system = Installation(cls.folder / "system")
        system.dpkg("--install", cls.deb)
        cls.root = system.root

    def text(self, name):
        content = self.bytes[name]
        return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


def setUpModule():
    Package.prepare()


class Contents(Package):
    def test_the_same_build_packs_to_the_same_bytes(self):
        again = pack(self.folder / "two", 0o022, TZ="Asia/Tokyo", LC_ALL="C", HOME="/nonexistent")
        self.assertEqual(again.name, self.deb.name)
        self.assertEqual(hashlib.sha256(again.read_bytes()).hexdigest(),
                         hashlib.sha256(self.deb.read_bytes()).hexdigest())

    def test_a_strict_umask_changes_nothing_of_what_is_installed(self):
        strict = pack(self.folder / "strict", 0o077)
        for part in ("control.tar.gz", "data.tar.gz"):
            self.assertEqual(*(hashlib.sha256(subprocess.check_output(["ar", "p", deb, part]))
                               .hexdigest() for deb in (self.deb, strict)))

    def test_it_contains_what_it_should_and_nothing_else(self):
        self.assertEqual(set(self.bytes), FILES)

    def test_its_control_file_says_what_it_is(self):
        version = run(self.root / "usr/bin/gaterouterd", "--version").split()[-1]
        self.assertEqual(self.deb.name, f"gaterouter_{version}_amd64.deb")
        for name, value in {"Package": "gaterouter", "Version": version, "Section": "net",
                            "Priority": "optional", "Provides": "gaterouterd"}.items():
            self.assertEqual(self.fields[name], value)
        self.assertRegex(self.fields["Maintainer"], r"^.+ <\S+@\S+>$")
        summary, *body = self.fields["Description"].split("\n")
        self.assertRegex(summary, r"^[a-z].{20,78}[^.]$")
        self.assertTrue(body and all(len(line) <= 80 for line in body), body)
        size = sum(len(content) for content in self.bytes.values()) // 1024
        self.assertAlmostEqual(int(self.fields["Installed-Size"]), size, delta=size // 5)

    def test_its_dependencies_are_those_of_the_programs(self):
        depends = [re.split(r"[ (|]", word.strip())[0]
                   for word in self.fields["Depends"].split(",")]
        for name in ("libc6", "libssl3", "libsqlite3-0", "libsecp256k1-1", "libqt6core6",
                     "libqt6widgets6", "libqt6charts6", "libqt6keychain1", "libqt6svg6",
                     "ca-certificates"):
            self.assertIn(name, depends)
        self.assertNotIn("libpq5", depends, "it is loaded only where a ledger needs it")
        self.assertEqual(len(set(depends)), len(depends))
        # They are those of this machine, which built it: dpkg would install it here and now.
        run("dpkg", "--no-act", "--install", self.deb)

    def test_owners_and_modes(self):
        for entry, content in self.entries:
            with self.subTest(entry.name):
                self.assertEqual((entry.uid, entry.gid, entry.uname, entry.gname),
                                 (0, 0, "root", "root"))
                wanted = (0o755 if entry.isdir() or entry.name.startswith("./usr/bin/") else 0o644)
                self.assertEqual(oct(entry.mode), oct(wanted))
                self.assertTrue(entry.isdir() or content is not None, "links are not wanted")

    def test_every_time_is_that_of_the_changelog(self):
        stamp = int(run("dpkg-parsechangelog", "-S", "Timestamp", "-l",
                        BUILD / "package/changelog"))
        times = {entry.mtime for deb_part in ("--fsys-tarfile", "--ctrl-tarfile")
                 for entry, _ in members(self.deb, deb_part)}
        self.assertEqual(times, {stamp})
        first = self.text("usr/share/doc/gaterouter/changelog.gz").splitlines()[0]
        self.assertEqual(first.split(";")[0], f"gaterouter ({self.fields['Version']}) bookworm")

    def test_compressed_files_carry_neither_name_nor_time(self):
        packed = [name for name in self.bytes if name.endswith(".gz")]
        self.assertEqual(len(packed), 4)
        for name in packed:
            _, method, flags, when, level, _ = struct.unpack("<HBBIBB", self.bytes[name][:10])
            self.assertEqual((method, flags, when, level), (8, 0, 0, 2), name)

    def test_sums_are_right(self):
        (sums,) = [content.decode() for entry, content in members(self.deb, "--ctrl-tarfile")
                   if entry.name == "./md5sums"]
        told = dict(reversed(line.split("  ", 1)) for line in sums.splitlines())
        self.assertEqual(told, {name: hashlib.md5(content).hexdigest()
                                for name, content in self.bytes.items()})

    def test_nothing_of_ours_runs_as_root(self):
        parts = {entry.name for entry, _ in members(self.deb, "--ctrl-tarfile")} - {"."}
        self.assertEqual({name.removeprefix("./") for name in parts} - {""},
                         {"control", "md5sums"})

    def test_programs_are_stripped_hardened_and_know_no_folder_of_the_build(self):
        for name in PROGRAMS:
            path = self.root / "usr/bin" / name
            sections = run("readelf", "-SW", path)
            self.assertNotIn(".symtab", sections)
            self.assertNotIn(".debug_info", sections)
            dynamic = run("readelf", "-dW", path)
            self.assertNotRegex(dynamic, "RPATH|RUNPATH")
            self.assertIn("BIND_NOW", dynamic)
            self.assertIn("GNU_RELRO", run("readelf", "-lW", path))
            self.assertIn("DYN", run("readelf", "-hW", path))
            for folder in (ROOT, BUILD):
                self.assertNotIn(f"{folder}/".encode(), self.bytes[f"usr/bin/{name}"])

    def test_the_copyright_file_has_every_licence(self):
        told = " ".join(self.text("usr/share/doc/gaterouter/copyright").replace("\n .\n", "\n")
                        .split())
        licences = [ROOT / "LICENSE", *ROOT.glob("resources/**/LICENSE*"),
                    ROOT / "tools/router/data/LICENSES.md"]
        self.assertGreaterEqual(len(licences), 7)
        for file in licences:
            with self.subTest(str(file)):
                self.assertIn(" ".join(file.read_text().split()), told)
        for line in self.text("usr/share/doc/gaterouter/copyright").splitlines():
            self.assertRegex(line, r"^($|[A-Z][A-Za-z-]+:| \S| {2,}\S| \.$)")


class Companions(Package):
    def test_the_desktop_file_is_valid(self):
        file = self.root / "usr/share/applications/gaterouter.desktop"
        self.assertEqual(run("desktop-file-validate", file), "")
        self.assertIn("MimeType=x-scheme-handler/gaterouter;", file.read_text())

    def test_the_metainfo_is_valid(self):
        file = self.root / "usr/share/metainfo/gaterouter.metainfo.xml"
        run("appstreamcli", "validate", "--no-net", "--pedantic", file)

    def test_the_icons_have_the_size_of_their_folders(self):
        for side in SIDES:
            png = self.bytes[f"usr/share/icons/hicolor/{side}x{side}/apps/gaterouter.png"]
            self.assertEqual(struct.unpack(">8xI4sII", png[:24]), (13, b"IHDR", side, side))

    def test_windows_and_macos_get_their_icons_from_the_same_svg(self):
        icons = BUILD / "package" / "icons"
        ico = (icons / "gaterouter.ico").read_bytes()
        count = struct.unpack("<HHH", ico[:6])[2]
        self.assertEqual(count, 7)
        for at in range(6, 6 + 16 * count, 16):
            width, _, _, _, _, _, size, offset = struct.unpack("<BBBBHHII", ico[at:at + 16])
            side = width or 256
            self.assertEqual(ico[offset:offset + size], (icons / f"{side}x{side}.png").read_bytes())
        icns = (icons / "gaterouter.icns").read_bytes()
        self.assertEqual(struct.unpack(">4sI", icns[:8]), (b"icns", len(icns)))
        at, types = 8, []
        while at < len(icns):
            kind, size = struct.unpack(">4sI", icns[at:at + 8])
            self.assertEqual(icns[at + 8:at + 16], b"\x89PNG\r\n\x1a\n")
            types.append(kind.decode())
            at += size
        self.assertEqual(types, ["icp4", "icp5", "ic11", "ic12", "ic07", "ic08", "ic09"])

    def test_systemd_accepts_the_unit(self):
        unit = self.text("usr/lib/systemd/user/gaterouterd.service")
        self.assertIn("ExecStart=/usr/bin/gaterouterd serve\n", unit)
        folder = self.folder / "unit"
        folder.mkdir(mode=0o700)
        file = folder / "gaterouterd.service"
        file.write_text(unit.replace("/usr/bin/gaterouterd",
                                     str(self.root / "usr/bin/gaterouterd")))
        told = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", file],
                              capture_output=True, text=True,
                              env={**os.environ, "XDG_RUNTIME_DIR": str(folder)})
        self.assertEqual((told.returncode, told.stdout + told.stderr), (0, ""))

    def test_manual_pages_are_without_warnings(self):
        for name in sorted(self.bytes):
            if "/man/" in name:
                told = subprocess.run(["man", "--warnings", "-l", self.root / name],
                                      capture_output=True, text=True,
                                      env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
                self.assertEqual((told.returncode, told.stderr), (0, ""), name)

    def commands(self, *path):
        """(path, options, names of commands) of the daemon's commands, as its help tells them."""
        help_text = run(self.root / "usr/bin/gaterouterd", *path, "--help")
        options = re.findall(r"^  (?:-\w,)?(--[\w-]+)", help_text, re.MULTILINE)
        subs = re.findall(r"^  ([a-z][\w-]+)\s", help_text.partition("Subcommands:")[2],
                          re.MULTILINE)
        yield path, options, subs
        for sub in subs:
            yield from self.commands(*path, sub)

    def test_every_command_and_option_stands_in_manual_and_completion(self):
        manual = self.text("usr/share/man/man1/gaterouterd.1.gz").replace("\\-", "-")
        bash = self.bytes["usr/share/bash-completion/completions/gaterouterd"].decode()
        fish = self.bytes["usr/share/fish/vendor_completions.d/gaterouterd.fish"].decode()
        zsh = self.bytes["usr/share/zsh/vendor-completions/_gaterouterd"].decode()
        seen = 0
        for path, options, subs in self.commands():
            seen += 1
            if path:
                self.assertIn(f"\\fB{' '.join(path)}\\fR", manual)
                self.assertIn(f"_gaterouterd_{'_'.join(path)}()", zsh)
            words = re.search(rf'"{" ".join(path)}"\) words="([^"]*)"', bash).group(1).split()
            for word in [*options, *subs]:
                self.assertIn(word, words)
            for option in options:
                self.assertIn(f"\\fB{option}\\fR", manual)
                self.assertIn(f" -l {option[2:]}", fish)
                self.assertIn(f"'{option}", zsh)
        self.assertGreater(seen, 40)

    def test_every_option_of_the_window_stands_in_its_manual(self):
        told = run(self.root / "usr/bin/gaterouter", "--help")
        options = re.findall(r"--[a-z-]+", told)
        self.assertGreater(len(options), 8)
        manual = self.text("usr/share/man/man1/gaterouter.1.gz").replace("\\-", "-")
        for option in options:
            self.assertIn(f"\\fB{option}\\fR", manual)

    def test_every_setting_stands_in_its_manual(self):
        schema = json.loads(self.bytes["usr/share/gaterouter/config.schema.json"])
        manual = self.text("usr/share/man/man5/gaterouter-config.5.gz").replace("\\-", "-")
        count = 0

        def look(node, path):
            nonlocal count
            for name, member in node.get("properties", {}).items():
                below = f"{path}.{name}" if path else name
                count += 1
                self.assertIn(f"\n\\fB{below}\\fR (", manual)
                look(member, below)
                look(member.get("items", {}), f"{below}[]")

        look(schema, "")
        for part in ("client", "provider", "model", "rule", "limit", "network"):
            self.assertIn(f"\n.SS {part}\n", manual)
            look(schema["$defs"][part], "")
        self.assertGreater(count, 100)

    def complete_bash(self, *words):
        folder = self.root / "usr/share/bash-completion/completions"
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
                  ' "_$1"; printf "%s\\n" "${COMPREPLY[@]}"')
        return run("bash", "-c", script, "bash", folder / words[0], *words).split()

    def test_bash_completes(self):
        self.assertEqual(self.complete_bash("gaterouterd", "led"), ["ledger"])
        self.assertEqual(self.complete_bash("gaterouterd", "--port", "80", "ledger", "exp"),
                         ["export"])
        self.assertEqual(self.complete_bash("gaterouterd", "ledger", "export", "--format", ""),
                         ["csv", "json"])
        self.assertEqual(self.complete_bash("gaterouterd", "ledger", "export", "--fo"),
                         ["--format"])
        self.assertNotIn("export", self.complete_bash("gaterouterd", "wallet", ""))
        self.assertEqual(self.complete_bash("gaterouter", "--autostart", ""), ["on", "off"])

    def complete_fish(self, line):
        folder = self.root / "usr/share/fish/vendor_completions.d"
        told = run("fish", "--no-config", "-c",
                   'source $argv[1]; complete -C "$argv[2]"',
                   folder / f"{line.split()[0]}.fish", line,
                   env={**os.environ, "HOME": str(self.folder)})
        return [row.split("\t")[0] for row in told.splitlines()]

    def test_fish_completes(self):
        self.assertEqual(self.complete_fish("gaterouterd led"), ["ledger"])
        self.assertEqual(self.complete_fish("gaterouterd ledger exp"), ["export"])
        self.assertEqual(self.complete_fish("gaterouterd ledger export --format "), ["csv", "json"])
        self.assertEqual(self.complete_fish("gaterouter --autostart "), ["off", "on"])

    def test_zsh_reads_its_files(self):
        for name in PROGRAMS:
            file = self.root / f"usr/share/zsh/vendor-completions/_{name}"
            self.assertEqual(file.read_text().splitlines()[0], f"#compdef {name}")
            run("zsh", "-f", "-n", file)


class Run(Package):
    def home(self, name):
        home = self.folder / name
        home.mkdir()
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        return home, {**kept, "HOME": str(home), "QT_QPA_PLATFORM": "offscreen",
                      "DBUS_SESSION_BUS_ADDRESS": "disabled:"}

    def test_the_daemon_starts_answers_and_stops(self):
        home, surroundings = self.home("daemon")
        daemon = subprocess.Popen([self.root / "usr/bin/gaterouterd", "serve", "--port", "0"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  env=surroundings)
        try:
            for line in daemon.stdout:
                if line.startswith("listening on "):
                    break
            with urllib.request.urlopen(line.split()[-1] + "/healthz", timeout=PATIENCE) as answer:
                self.assertEqual(answer.status, 200)
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(PATIENCE), 0)
        finally:
            daemon.kill()
            daemon.wait()
            daemon.stdout.close()
        self.assertTrue((home / ".local/share/gaterouter/ledger.sqlite").is_file())

    def test_the_window_opens_and_closes(self):
        _, surroundings = self.home("window")
        window = subprocess.Popen(
            [self.root / "usr/bin/gaterouter", "--log-level", "debug", "--port", "0",
             "gaterouter:activity"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=surroundings)
        try:
            self.assertTrue(any('"window.shown"' in line for line in window.stderr))
            window.send_signal(signal.SIGTERM)
            self.assertEqual(window.wait(PATIENCE), 0)
        finally:
            window.kill()
            window.wait()
            window.stderr.close()

    def test_the_session_starts_it_once_that_is_turned_on(self):
        home, surroundings = self.home("session")
        program = self.root / "usr/bin/gaterouter"
        file = home / ".config/autostart/gaterouter.desktop"
        run(program, "--autostart", "on", env=surroundings)
        self.assertEqual(run("desktop-file-validate", file), "")
        self.assertIn(f'\nExec="{program}" "--background"\n', file.read_text())
        run(program, "--autostart=off", env=surroundings)
        self.assertFalse(file.exists())
        wrong = subprocess.run([program, "--autostart", "maybe"], env=surroundings,
                               capture_output=True, text=True)
        self.assertEqual((wrong.returncode, wrong.stderr),
                         (2, "--autostart takes one of: on, off.\n"))

    def test_removal_leaves_nothing_but_what_the_user_has(self):
        system = Installation(self.folder / "removal")
        system.dpkg("--install", self.deb)
        self.assertLessEqual(FILES, set(system.files()))
        mine = system.root / "home/me/.local/share/gaterouter/ledger.sqlite"
        mine.parent.mkdir(parents=True)
        mine.write_text("books")
        system.dpkg("--remove", "gaterouter")
        self.assertEqual([name for name in system.files() if not name.startswith("home")], [])
        self.assertEqual(mine.read_text(), "books")
        system.close()

    def test_it_is_replaced_by_a_newer_one_without_a_word(self):
        system = Installation(self.folder / "update")
        system.dpkg("--install", self.deb)
        before = system.files()
        system.dpkg("--install", self.deb)
        self.assertEqual(system.files(), before)
        system.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
