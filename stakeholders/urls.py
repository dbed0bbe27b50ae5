from django.urls import path

from stakeholders.views import groups, people

urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/export/", people.people_export, name="people_export"),
    path("people/bulk/", people.people_bulk, name="people_bulk"),
    path("people/restore/<str:archived_at>/", people.people_restore, name="people_restore"),
    path("people/take-back/<uuid:act>/", people.people_take_back, name="people_take_back"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/archive/", people.person_archive, name="person_archive"),
    path("people/<int:pk>/restore/", people.person_restore, name="person_restore"),
    path("groups/", groups.groups, name="groups"),
    path("groups/new/", groups.group_new, name="group_new"),
    path("groups/<int:pk>/edit/", groups.group_edit, name="group_edit"),
    path("groups/<int:pk>/members/<int:person_pk>/", groups.member_add, name="member_add"),
    path("groups/members/<int:pk>/remove/", groups.member_remove, name="member_remove"),
    path("groups/members/<int:pk>/represent/", groups.member_represent, name="member_represent"),
    path("sites/", groups.sites, name="sites"),
    path("sites/new/", groups.site_new, name="site_new"),
    path("sites/<int:pk>/edit/", groups.site_edit, name="site_edit"),
]
