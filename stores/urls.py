from django.urls import path

from stores.views import accounts, applications, imports, staff, stores, tills

app_name = "stores"
urlpatterns = [
    path("", stores.home, name="home"),
    path("list.<slug:form>", stores.export, name="export"),
    path("<int:store_id>/", stores.store, name="store"),
    path("<int:store_id>/account/<slug:kind>/", accounts.account, name="account"),
    path("<int:store_id>/contact/", stores.contact, name="contact"),
    path("<int:store_id>/staff/", staff.issue, name="staff_issue"),
    path("staff/<int:staff_id>/password/", staff.reissue, name="staff_reissue"),
    path("staff/<int:staff_id>/remove/", staff.remove, name="staff_remove"),
    path("enrolments/<int:enrolment_id>/till/", tills.issue, name="till_issue"),
    path("enrolments/<int:enrolment_id>/<slug:act>/", stores.enrolment_act, name="enrolment_act"),
    path("tills/<int:till_id>/stand.pdf", tills.stand, name="stand"),
    path("tills/<int:till_id>/revoke/", tills.revoke, name="till_revoke"),
    path("stands.pdf", tills.stands, name="stands"),
    path("applications/", applications.applications, name="applications"),
    path("applications/approve/", applications.approve_many, name="approve_many"),
    path("applications/<int:application_id>/", applications.application, name="application"),
    path("duplicates/", applications.proposals, name="proposals"),
    path("duplicates/<int:proposal_id>/", applications.decide_proposal, name="decide_proposal"),
    path("account-changes/", accounts.account_changes, name="account_changes"),
    path("account-changes/<int:account_id>/", accounts.account_change, name="account_change"),
    path("import/", imports.store_list, name="import"),
    path("import/confirm/", imports.store_list_confirm, name="import_confirm"),
    path("import/<int:run_id>/", imports.import_run, name="import_run"),
    path("import/accounts/", imports.account_list, name="account_list"),
    path("import/accounts/confirm/", imports.account_list_confirm, name="account_list_confirm"),
]
