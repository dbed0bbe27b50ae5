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


class SurveyState(TextChoices):
    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class Progress(TextChoices):
    INVITED = "invited", "Invited"
    FINISHED = "finished", "Finished"
