from django.db.models import TextChoices


class QuestionKind(TextChoices):
    RATING = "rating", "Agreement from 1 to 5"
    CSAT = "csat", "Satisfaction from 1 to 5"
    NPS = "nps", "Recommendation from 0 to 10"
    SINGLE = "single", "One of several"
    MULTIPLE = "multiple", "Any of several"
    YES_NO = "yes_no", "Yes or no"
    NUMBER = "number", "A whole number"
    TEXT = "text", "Free text"
    REFERRAL = "referral", "Who else should know?"


class SurveyState(TextChoices):
    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class Progress(TextChoices):
    INVITED = "invited", "Invited"
    FINISHED = "finished", "Finished"


class ConcernKind(TextChoices):
    QUESTION = "question", "Question"
    CONCERN = "concern", "Concern"
    OBJECTION = "objection", "Objection to the date"
    IDEA = "idea", "Idea"


class ConcernState(TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed without an answer"


class Decision(TextChoices):
    """What became of the date."""

    ACCEPT = "accept", "Accepted: one of their dates"
    MOVE = "move", "Moved to another date"
    DECLINE = "decline", "Declined: the date stays"
