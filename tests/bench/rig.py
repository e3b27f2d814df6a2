# SPDX-License-Identifier: MIT
"""The bench's workshop: starts the programs that are measured, pins them, weighs and stops them.

Load and stub run on the last core, what is measured on the first, so that they do not disturb each
other. Everything listens on loopback, on ports found free, and is stopped by its pid.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTED_CORE, LOAD_CORE = 0, max(1, (os.cpu_count() or 2) - 1)
KEY = "gr-bench-client-key"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running program with its children."""

    def __init__(self, name, command, core, port, env=None, cwd=None, log=None):
        self.name, self.port = name, port
        self.log = open(log, "wb") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, env={**os.environ, **(env or {})}, cwd=cwd)
        self.pid = self.process.pid

    def pids(self):
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*"):
                try:
                    queue += [int(child) for child in (task / "children").read_text().split()]
                except OSError:
                    pass
        return found

    def cpu_ns(self):
        """Time on a core so far, of every thread of the process and its children."""
        total = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                try:
                    total += int(task.read_text().split()[0])
                except OSError:
                    pass
        return total

    def rss_kb(self):
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
        return total

    def wait_ready(self, seconds=20):
        """Until the port accepts; says what the program said when it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.01)
        said = Path(self.log.name).read_text()[-800:] if hasattr(self.log, "name") else ""
        sys.exit(f"{self.name} does not listen on port {self.port}. It said:\n{said}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Rig:
    """All servers of one run, with their folder; stopped and removed at the end, come what may."""

    def __init__(self, build):
        self.build = Path(build).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="gaterouter-bench-"))
        self.servers = []
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(1))

    def close(self):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name, command, core, port, **more):
        server = Server(name, command, core, port, log=self.folder / f"{name}.log", **more)
        self.servers.append(server)
        return server.wait_ready()

    def stub(self, name="stub", **options):
        port = free_port()
        arguments = [x for key, value in {"port": port, **options}.items()
                     for x in (f"--{key.replace('_', '-')}", value)]
        return self.start(name, [self.build / "bench/stub_upstream", *arguments], LOAD_CORE, port)

    def gateway(self, providers, name="gateway", core=TESTED_CORE, build=None, config=None):
        """The daemon with `providers` {id: port of a stub}; models are named id/bench. What
        `config` says more, or otherwise, counts."""
        port = free_port()
        config = {
            "version": 1,
            "listen": {"address": "127.0.0.1", "port": port},
            "clients": [{"id": "bench", "key": {"value": KEY}}],
            "limits": [],
            "providers": [{"id": provider, "kind": "openai", "keys": [{"value": "sk-bench"}],
                           "base_url": f"http://127.0.0.1:{stub}/v1"}
                          for provider, stub in providers.items()],
            **(config or {}),
        }
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(config))
        file.chmod(0o600)
        return self.start(name, [(build or self.build) / "bin/gaterouterd", "serve", "--config", file,
                                 "--data-dir", self.folder / f"{name}-data"], core, port)

    def nginx(self, stubs):
        """A plain reverse proxy, one port for each stub; the first is buffered, the others are
        streamed."""
        ports = [free_port() for _ in stubs]
        servers = "".join(f"""
            upstream stub{i} {{ server 127.0.0.1:{stub}; keepalive 512; }}
            server {{
                listen 127.0.0.1:{ports[i]};
                location / {{
                    proxy_pass http://stub{i};
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_buffering {"on" if i == 0 else "off"};
                }}
            }}""" for i, stub in enumerate(stubs))
        prefix = self.folder / "nginx"
        prefix.mkdir()
        (prefix / "nginx.conf").write_text(f"""
            worker_processes 1; daemon off; pid {prefix}/nginx.pid;
            error_log {prefix}/error.log;
            events {{ worker_connections 8192; }}
            http {{
                access_log off; client_max_body_size 64m; client_body_buffer_size 1m;
                keepalive_requests 10000000; keepalive_timeout 600s;
                client_body_temp_path {prefix}/body; proxy_temp_path {prefix}/proxy;
                fastcgi_temp_path {prefix}/f; uwsgi_temp_path {prefix}/u; scgi_temp_path {prefix}/s;
                {servers}
            }}""")
        server = self.start("nginx", ["nginx", "-p", prefix, "-c", prefix / "nginx.conf"],
                            TESTED_CORE, ports[0])
        return server, ports

    def portkey(self):
        port = free_port()
        node = ROOT / "tests/bench/node"
        return self.start(
            "portkey", ["node", node / "node_modules/@portkey-ai/gateway/build/start-server.js",
                        f"--port={port}", "--headless"], TESTED_CORE, port, cwd=node,
            env={"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1"})

    def load(self, port, **options):
        """One run of the load generator; its JSON."""
        arguments = [x for key, value in {"port": port, "key": KEY, **options}.items()
                     for x in (f"--{key.replace('_', '-')}", value)]
        done = subprocess.run(
            ["taskset", "-c", str(LOAD_CORE), *map(str, [self.build / "bench/load", *arguments])],
            capture_output=True, text=True, timeout=3600)
        if done.returncode != 0:
            sys.exit(f"load: {done.stderr or done.stdout}")
        return json.loads(done.stdout)


def get(port, path, key=None):
    """Status of a GET, or None while nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}"
