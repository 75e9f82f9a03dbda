"""${message}

A migration must not break the *previous* version: on a cluster, `pingparrot migrate` runs while the old
processes still serve, and a roll-back puts them in front of the new tables. So expand first (new tables,
new columns that may be NULL or have a server default), and contract (drop, rename, NOT NULL) one release
later, when nothing that reads the old form is left. A blank database never runs this: it is made from
`router/store/tables`, so a migration only changes what is there, and puts in nothing that must be there.

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
