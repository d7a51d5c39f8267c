"""`python -m plumb_verify`, wherever the folder stands."""

import sys

from plumb_verify.command import main

sys.exit(main())
