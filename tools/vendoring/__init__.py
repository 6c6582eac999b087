"""What `tools/vendor.py` is made of: composing vendored data out of Go modules.

`schema` and `kinds` are pure; `flux` is pure but for `build`; `go` alone runs programs.
"""
