"""What is taken, as pydantic checks it."""

import json
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Extra, Field


class Event(BaseModel):
    event_id: UUID
    occurred_at: datetime
    user_id: str = Field(min_length=1, max_length=256)
    event_type: str = Field(min_length=1, max_length=128)
    properties: dict[str, Any] = {}

    class Config:
        extra = Extra.forbid

    def row(self) -> list[str]:
        """As the table has it, and small on the way through Redis."""
        at = self.occurred_at
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone.utc)
        return [str(self.event_id), at.isoformat(), self.user_id, self.event_type,
                json.dumps(self.properties, separators=(",", ":"))]
