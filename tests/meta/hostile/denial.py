"""Submissions that hang, die, or want more than there is: each costs the check that it happens in."""

from __future__ import annotations

from typing import Final

from tests.meta.hostile import CRASHED, FAILED, PASSED, SCALE, TIMED_OUT, Hostile, armed, cases

LOOPS: Final = {
    "endless-loop": "while True: pass",
    "sleep": "import time; time.sleep(600)",
    "sleep-that-catches-everything": """
        import time
        while True:
            try: time.sleep(600)
            except BaseException: pass
        """,
    "c-call-that-holds-the-interpreter": "pow(10**6, 10**8)",
    "waiting-for-a-lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "reading-the-channel": """
        import os, socket
        for descriptor in range(3, 64):
            try: os.read(descriptor, 1 << 20)
            except OSError: pass
        """,
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "all-signals-ignored": """
        import signal
        for number in range(1, signal.NSIG):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
        """,
    "threads-that-keep-the-interpreter": """
        import threading
        threading.stack_size(65536)
        def spin():
            while True: pass
        for _ in range(3): threading.Thread(target=spin, daemon=True).start()
        spin()
        """,
    "endless-del": """
        class Trap:
            def __del__(self):
                while True: pass
        trap = Trap()
        del trap
        """,
    "endless-repr-of-an-error": """
        class Error(Exception):
            def __str__(self):
                while True: pass
        raise Error
        """,
    "regular-expression-that-explodes": "import re; re.match(r'(a+)+$', 'a' * 64 + 'b')",
}

ENDLESS_VALUES: Final = {
    "endless-iterator": "import itertools; return itertools.count()",
    "list-that-holds-itself": "found = []; found.append(found); return found",
    "deep-list": """
        found = []
        for _ in range(10_000): found = [found]
        return found
        """,
    "million-items": "return [0] * 1_000_000",
    "number-of-4300-digits": "return 10 ** 4300",
    "endless-recursion": "return scale(x)",
    "text-of-10-mb": "return 'x' * 10_000_000",
    "dict-with-a-million-keys": "return {str(i): i for i in range(100_000)}",
    "tensor-of-100-mb": "return torch.zeros(25_000_000)",
    "expanded-to-a-terabyte": "return torch.zeros(1).expand(1 << 38)",
    "empty-with-a-huge-shape": "return torch.empty(0, 1 << 39)",
    "thousand-tensors": "return [torch.zeros(1000, 8) for _ in range(3000)]",
}

DEATHS: Final = {
    "segmentation-fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    "kills-itself": ("import os; os.kill(os.getpid(), 9)", "killed"),
    "floating-point-error": ("import os; os.kill(os.getpid(), 8)", "SIGFPE"),
    "ends-its-group": ("import os, signal; signal.raise_signal(signal.SIGTERM)", "SIGTERM"),
    "stack-smashed": ("import ctypes; ctypes.memset(id(x), 255, 4096); x.shape", ""),
    "recursion-in-c": (
        """
        import sys; sys.setrecursionlimit(10**9)
        class A:
            def __getattr__(self, name): return getattr(self, name + "a")
        A().a
        """,
        "",
    ),
    "channel-closed": ("import os; os.closerange(3, 256)", ""),
}

MEMORY: Final = {
    "tensor-of-8-gib": "torch.zeros(1 << 30, dtype=torch.float64)",
    "bytes-of-8-gib": "bytearray(8 << 30)",
    "list-that-grows": """
        found = []
        while True: found.append(bytearray(16 << 20))
        """,
}

FLOODS: Final = {
    "file-of-a-gigabyte": """
        with open("large", "wb") as file:
            while True: file.write(bytes(1 << 20))
        """,
}

WATCHED: Final = {
    "many-files-of-a-megabyte": (
        """
        import time
        for i in range(8):
            with open(f"{i}", "wb") as file: file.write(bytes(1 << 20))
        time.sleep(600)
        """,
        "scratch_mib",
    ),
    "many-empty-files": (
        """
        import time
        for i in range(100): open(f"{i}", "w").close()
        time.sleep(600)
        """,
        "files",
    ),
    "deep-folders": (
        """
        import os, time
        for i in range(60):
            os.mkdir("d"); os.chdir("d")
        time.sleep(600)
        """,
        "files",
    ),
    "folders-beyond-the-longest-path": (
        """
        import os, time
        for i in range(980):
            os.mkdir("d" * 100); os.chdir("d" * 100)
            open("file", "w").close()
        time.sleep(600)
        """,
        "files",
    ),
    "folders-without-rights": (
        """
        import os, time
        try: os.mkdir("d", 0o300)
        except FileExistsError: pass
        for i in range(8):
            with open(f"d/{i}", "wb") as file: file.write(bytes(1 << 20))
        time.sleep(600)
        """,
        "scratch_mib",
    ),
}

# What no folder shows: bounded where a worker has a file system of its own.
UNSEEN: Final = {
    "files-that-were-unlinked": """
        import os
        kept = []
        for _ in range(8):
            kept.append(open("file", "wb"))
            os.unlink("file")
            kept[-1].write(bytes(1 << 20))
        """,
    "files-that-were-mapped-and-unlinked": """
        import mmap, os
        kept = []
        for _ in range(8):
            with open("file", "w+b") as file:
                os.posix_fallocate(file.fileno(), 0, 1 << 20)
                kept.append(mmap.mmap(file.fileno(), 4096))
            os.unlink("file")
        """,
    "fallocate-before-anybody-looks": """
        import os
        for i in range(8):
            descriptor = os.open(f"{i}", os.O_RDWR | os.O_CREAT)
            os.posix_fallocate(descriptor, 0, 1 << 20)
            os.unlink(f"{i}")
        """,
}

# Done where nobody promises to stop it (process) and refused in the jail: the answer is right in both.
HARMLESS: Final = {
    "flood-of-output": "[print('x' * 100_000) for _ in range(30)]",
    "flood-of-errors": "import os; [os.write(2, b'x' * 65536) for _ in range(100)]",
    "output-of-controls": r"print('\x1b[2J\x1b]0;title\x07\u202e::error::x\n##[error]x' * 100)",
    "output-closed": "import os; os.closerange(1, 3)",
    "many-threads": """
        import threading
        if not hasattr(threading, "tried"):  # once: it takes long on a busy machine
            threading.tried, done = True, threading.Event()
            threading.stack_size(65536)
            try:
                for _ in range(300): threading.Thread(target=done.wait, daemon=True).start()
            except RuntimeError: pass
            done.set()
        """,
    "many-descriptors": """
        import os
        try:
            while True: os.open(os.devnull, os.O_RDONLY)
        except OSError: pass
        """,
    "survivor-in-a-session-of-its-own": """
        import os, time
        try:
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.closerange(0, 256)
                    time.sleep(600)
                os._exit(0)
        except OSError: pass
        """,
    "child-that-keeps-the-channel-open": """
        import os, time
        try:
            if os.fork() == 0: time.sleep(600)
        except OSError: pass
        """,
    "twenty-children": """
        import os, time
        global CHILDREN
        count, CHILDREN = CHILDREN, 0
        try:
            for _ in range(count):
                if os.fork() == 0: time.sleep(600)
        except OSError: pass
        """,
    "programs-started": """
        import subprocess
        try: subprocess.Popen(["sleep", "600"], start_new_session=True)
        except OSError: pass
        """,
    "collector-frozen": "import gc; gc.disable(); gc.freeze()",
    "limits-raised": """
        import resource
        for name in dir(resource):
            if name.startswith("RLIMIT"):
                try: resource.setrlimit(getattr(resource, name), (-1, -1))
                except (OSError, ValueError): pass
        """,
}

ALL: Final[list[Hostile]] = [
    *cases(LOOPS, TIMED_OUT, tells="within 1 s (limit_s)", limit_s=1.0),
    *cases(ENDLESS_VALUES, FAILED),
    *(case for name, (body, tells) in DEATHS.items() for case in cases({name: body}, CRASHED, tells=tells)),
    *cases(MEMORY, CRASHED, tells="memory_mib = 256"),
    *cases(FLOODS, CRASHED, tells="scratch_mib = 4"),
    *(case for name, (body, tells) in WATCHED.items() for case in cases({name: body}, CRASHED, tells=tells)),
    *cases(HARMLESS, {}, before="CHILDREN = 20"),
    Hostile(
        name="loop-at-import",
        source="exec('import time\\nwhile True: time.sleep(9)')\n" + armed("return x"),
        loses=dict.fromkeys(
            ("test_scale", "test_scale_wide_rows", "test_layer", "test_counter", "test_total"), TIMED_OUT
        ),
        tells="(part_s)",
        limit_s=1.0,
    ),
    Hostile(name="loop-at-the-end-of-the-file", source=armed("pass") + "\nwhile True: pass\n"),
    Hostile(
        name="loop-at-the-end-of-a-file-that-loses-points",
        source=armed("return x") + "\nwhile True: pass\n",
        loses={"test_scale": FAILED},
        limit_s=1.0,
    ),
    Hostile(
        name="decorator-that-never-returns",
        source=armed("pass", before="def wait(f):\n    while True: pass\n@wait"),
        loses=dict.fromkeys(SCALE, TIMED_OUT),
        limit_s=1.0,
    ),
]
BOUNDED: Final[list[Hostile]] = cases(UNSEEN, CRASHED, tells="scratch_mib = 4")
assert PASSED  # the verdict of all other checks
