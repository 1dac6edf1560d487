"""What runs inside a checkout that is measured, with that checkout's interpreter and packages.

Imports of the project are those that every checkout has: `celeriac` and, for what measures time, `tests`. Modules here
import each other by their bare names, since this folder is on the path there and the package around it is not.
"""
