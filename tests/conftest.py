"""Settings for all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: speed is for tests/bench.
settings.register_profile("raibid", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("raibid")
