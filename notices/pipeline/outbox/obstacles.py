"""What keeps a message back that could go out `at` a moment, and where it goes. The simulation asks the same."""

import json
from typing import Any

from engagement.enums import EngagementState
from notices.enums import TOPIC_OF
from notices.pipeline import audience, schedule
from stakeholders.enums import AddressState, Channel
from upgrades.enums import Phase, Status

LEFT = "no longer active"
ADDRESS = """
        CASE message.channel WHEN 'email' THEN person.email ELSE (
            SELECT own.address FROM stakeholders_address own
            WHERE own.person_id = person.id AND own.channel = message.channel) END"""  # of today
OBSTACLE = """
        SELECT rule.state, rule.reason FROM (VALUES
            (1, notice.state = 'cancelled', 'cancelled', notice.reason),
            (2, upgrade.phase = %(upgrade_cancelled)s AND notice.kind <> ALL(%(still_true)s),
                'skipped', 'the upgrade was cancelled'),
            (3, milestone.status = %(milestone_cancelled)s AND notice.kind <> ALL(%(still_true)s),
                'skipped', 'the milestone was cancelled'),
            (4, notice.expires_at <= {at} OR (notice.expires_at IS NULL AND notice.kind = ANY(%(before_window)s)
                AND COALESCE(milestone."end", milestone.start) <= {at}), 'missed', 'too late to be useful'),
            (5, person.archived_at IS NOT NULL, 'skipped', %(why_left)s),
            (6, message.channel = 'email' AND person.email_state = %(bounced)s, 'skipped', %(why_bounced)s),
            (7, message.channel = 'email' AND person.email_state = %(complained)s, 'skipped', %(why_complained)s),
            (8, EXISTS (SELECT 1 FROM stakeholders_optout declined WHERE declined.person_id = person.id
                AND declined.topic = %(topics)s::jsonb ->> notice.kind), 'skipped',
                %(why_declined)s::jsonb ->> notice.kind),
            (9, engagement.state = %(called_off)s AND notice.kind = ANY(%(asks_to_come)s),
                'skipped', 'it was called off'),
            (10, engagement.id IS NOT NULL AND notice.kind = ANY(%(asks_to_come)s)
                AND NOT EXISTS (SELECT 1 FROM engagement_participant invited WHERE invited.person_id = person.id
                    AND invited.engagement_id = engagement.id AND invited.is_invited),
                'skipped', 'no longer invited'),
            (11, message.channel = ANY(person.refused_channels) AND %(topics)s::jsonb ->> notice.kind IS NOT NULL,
                'skipped', %(why_refused)s::jsonb ->> message.channel),
            (12, CASE message.channel WHEN 'email' THEN person.email = '' ELSE NOT EXISTS (
                    SELECT 1 FROM stakeholders_address own
                    WHERE own.person_id = person.id AND own.channel = message.channel) END,
                'skipped', %(why_no_address)s::jsonb ->> message.channel),
            (13, message.channel <> 'email' AND EXISTS (SELECT 1 FROM stakeholders_address own
                WHERE own.person_id = person.id AND own.channel = message.channel AND own.state = %(bounced)s),
                'skipped', %(why_bounced)s),
            (14, message.channel <> 'email' AND EXISTS (SELECT 1 FROM stakeholders_address own
                WHERE own.person_id = person.id AND own.channel = message.channel AND own.state = %(complained)s),
                'skipped', %(why_unwanted)s)
        ) AS rule (number, holds, state, reason)
        WHERE rule.holds ORDER BY rule.number LIMIT 1
"""
OBSTACLE_VALUES: dict[str, Any] = {
    "upgrade_cancelled": Phase.CANCELLED,
    "milestone_cancelled": Status.CANCELLED,
    "still_true": list(map(str, schedule.TRUE_THOUGH_CANCELLED)),
    "before_window": list(map(str, schedule.BEFORE_THE_WINDOW)),
    "called_off": EngagementState.CANCELLED,
    "asks_to_come": list(map(str, schedule.COMES)),
    "bounced": AddressState.BOUNCED,
    "why_left": LEFT,
    "why_bounced": audience.BOUNCED,
    "complained": AddressState.COMPLAINED,
    "why_complained": audience.COMPLAINED,
    "why_unwanted": audience.UNWANTED,
    "why_no_address": json.dumps({channel: audience.no_address(channel) for channel in Channel.values}),
    "topics": json.dumps(TOPIC_OF),
    "why_refused": json.dumps({channel: audience.refused(channel) for channel in Channel.values}),
    "why_declined": json.dumps({kind: audience.opted_out(topic) for kind, topic in TOPIC_OF.items()}),
}
