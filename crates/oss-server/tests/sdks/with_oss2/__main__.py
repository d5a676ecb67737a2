"""Everything that apps do with OSS, done by the official Python SDK `oss2`, and every refusal that they meet."""

import about  # noqa: F401 - for its checks
import names  # noqa: F401 - for its checks
import objects  # noqa: F401 - for its checks
import refusals  # noqa: F401 - for its checks
import signed  # noqa: F401 - for its checks
import uploads  # noqa: F401 - for its checks

from checks import run

run()
