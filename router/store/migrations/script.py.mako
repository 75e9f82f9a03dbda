"""${message}

Expand first (docs/adrs/0008-expand-first.md): the version before this one runs beside it and after a roll-back.
New tables, new columns that may be NULL or have a server default, and indexes by `migrations.indexes.add_index`,
each alone in its migration. To drop, rename or narrow anything, say `contracts = "0.2.0"`: the release since
which nothing uses it. A blank database never runs this: it is made from `router/store/tables`, so a migration
only changes what is there, and puts in nothing that must be there.

Revision: ${up_revision}, after ${down_revision or "nothing"}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
