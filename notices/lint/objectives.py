"""What a line of a plan is for, where nobody has said: the usual objective of its kind."""

from notices.enums import Medium, NoticeKind

OF_KIND = {
    NoticeKind.SAVE_THE_DATE: "People know that a change is coming and can object in time.",
    NoticeKind.ANNOUNCEMENT: "People know what happens when, and what it means for them.",
    NoticeKind.ACTION: "Everybody has done what is needed in time.",
    NoticeKind.BRIEFING: "Those who are asked can answer.",
    NoticeKind.EXECUTIVE: "Decision makers know outcome, risk and date.",
    NoticeKind.REMINDER: "Nobody has forgotten the date.",
    NoticeKind.FINAL: "Work is saved before it starts.",
    NoticeKind.STARTED: "Nobody calls to ask what is going on.",
    NoticeKind.PROGRESS: "Everybody sees how far it is.",
    NoticeKind.COMPLETED: "People know that they can work again.",
    NoticeKind.FOLLOW_UP: "The first questions are answered.",
    NoticeKind.SURVEY: "We know how it was for those affected.",
    NoticeKind.SURVEY_REMINDER: "Those who have not answered get one more chance.",
    NoticeKind.POSTPONED: "Nobody comes on the old date.",
    NoticeKind.CANCELLED: "Nobody prepares for nothing.",
    NoticeKind.ROLLED_BACK: "People know that they work as before.",
    NoticeKind.OUTAGE: "People know that we know, and when it works again.",
    NoticeKind.NEWS: "Results and thanks have reached everybody.",
}
OF_MEDIUM = {
    Medium.MEETING: "Nothing surprises those who decide.",
    Medium.TOWN_HALL: "People have asked what they want to know.",
    Medium.TRAINING: "Everybody can do their work on the first day.",
    Medium.CASCADE: "People hear it from somebody they know.",
    Medium.POSTER: "Whoever reads no mail knows the date.",
    Medium.DECISION: "It is decided whether the date holds.",
}
OTHERWISE = "People know what they need."


def of(medium: str, kind: str = "") -> str:
    by_kind = {one.value: words for one, words in OF_KIND.items()}
    by_medium = {one.value: words for one, words in OF_MEDIUM.items()}
    return by_kind.get(kind) or by_medium.get(medium) or OTHERWISE
