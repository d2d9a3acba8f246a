"""Says hello, and which commit it is of."""

import os
from datetime import datetime

print(f"hello at {datetime.now():%H:%M:%S} from commit {os.environ.get('STACKCTL_COMMIT', 'unknown')[:12]}")
