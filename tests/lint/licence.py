#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every source file names its licence in one SPDX line near its top."""

from project import finish, text, tracked


def main():
    names = tracked(".h", ".cpp", ".py", ".sh", ".mjs", ".S")
    finish([f"{name}: no SPDX-License-Identifier in the first three lines" for name in names
            if "SPDX-License-Identifier: MIT" not in "\n".join(text(name).splitlines()[:3])],
           len(names))


if __name__ == "__main__":
    main()
