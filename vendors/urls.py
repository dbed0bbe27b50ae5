from django.urls import path

from vendors.views import maintenance

urlpatterns = [
    path("maintenance/", maintenance.maintenance_list, name="maintenance_list"),
    path("maintenance/read/", maintenance.maintenance_read, name="maintenance_read"),
    path("maintenance/<int:pk>/", maintenance.maintenance, name="maintenance"),
    path("maintenance/<int:pk>/adopt/", maintenance.maintenance_adopt, name="maintenance_adopt"),
    path("maintenance/<int:pk>/ignore/", maintenance.maintenance_ignore, name="maintenance_ignore"),
    path("maintenance/<int:pk>/heed/", maintenance.maintenance_heed, name="maintenance_heed"),
    path("maintenance/circuits/<int:pk>/", maintenance.circuit, name="circuit"),
]
