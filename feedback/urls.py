from django.urls import path

from feedback.views import answers, concerns, surveys

urlpatterns = [
    path("answer/<str:token>/", answers.answer, name="answer"),
    path("concerns/", concerns.concern_list, name="concerns"),
    path("concerns/new/", concerns.concern_new, name="concern_new"),
    path("upgrades/<slug:slug>/concerns/", concerns.concern_list, name="upgrade_concerns"),
    path("surveys/", surveys.surveys, name="surveys"),
    path("upgrades/<slug:slug>/surveys/", surveys.surveys, name="upgrade_surveys"),
    path("surveys/new/", surveys.survey_new, name="survey_new"),
    path("surveys/<int:pk>/", surveys.survey, name="survey"),
    path("surveys/<int:pk>/edit/", surveys.survey_edit, name="survey_edit"),
    path("surveys/<int:pk>/open/", surveys.survey_open, name="survey_open"),
    path("surveys/<int:pk>/close/", surveys.survey_close, name="survey_close"),
    path("surveys/<int:pk>/preview/", surveys.survey_preview, name="survey_preview"),
    path("surveys/<int:pk>/results/", surveys.survey_results, name="survey_results"),
    path("surveys/<int:pk>/answers.csv", surveys.survey_export, name="survey_export"),
    path("surveys/<int:pk>/questions/new/", surveys.survey_question_new, name="survey_question_new"),
    path("surveys/questions/<int:pk>/", surveys.survey_question_edit, name="survey_question_edit"),
    path("surveys/questions/<int:pk>/move/", surveys.survey_question_move, name="survey_question_move"),
    path("surveys/questions/<int:pk>/remove/", surveys.survey_question_remove, name="survey_question_remove"),
    path(
        "surveys/<int:pk>/questions/restore/<uuid:act>/",
        surveys.survey_question_restore,
        name="survey_question_restore",
    ),
]
