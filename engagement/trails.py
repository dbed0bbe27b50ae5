"""What is told of engagements. What was told there never changes, so only notes can be taken back."""

from accounts.trails import Part, Trail
from engagement.models import Engagement, FollowUp, Participant, Telling

TRAILS = (
    Trail(
        kind="engagement",
        model=Engagement,
        noun="Engagement",
        edits="engagements.edit",
        plain=("notes",),
        parts=(
            Part.of(Participant, "engagement_id", "Participant", name="person_id", hides=("attended_source",)),
            Part.of(Telling, "engagement_id", "Telling", hides=("facts",)),
            Part.of(FollowUp, "engagement_id", "Follow-up", name="text"),
        ),
    ),
)
