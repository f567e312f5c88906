"""The rival `djangorestframework-api-key` as its documentation sets it up: Django with SQLite behind gunicorn.

`RIVAL_FOLDER=FOLDER python service.py` creates the database in the folder and prints a management key.
`RIVAL_FOLDER=FOLDER gunicorn service:application` serves it.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings

folder = Path(os.environ["RIVAL_FOLDER"])
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "keys.sqlite3",
            "CONN_MAX_AGE": None,
            # Several processes write: they wait for each other instead of failing, and readers go on meanwhile.
            "OPTIONS": {
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
            },
        }
    },
    INSTALLED_APPS=["rest_framework", "rest_framework_api_key"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF="service",
    SECRET_KEY="rival",
    USE_TZ=True,
)
sys.modules["service"] = sys.modules[__name__]
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_api_key.models import APIKey  # noqa: E402
from rest_framework_api_key.permissions import HasAPIKey, KeyParser  # noqa: E402


class BearerParser(KeyParser):
    keyword = "Bearer"


class HasBearerKey(HasAPIKey):
    key_parser = BearerParser()


class KeySerializer(serializers.ModelSerializer):
    class Meta:
        model = APIKey
        fields = ["id", "prefix", "name", "created", "revoked", "expiry_date"]


class Protected(APIView):
    permission_classes = [HasBearerKey]


class Verify(Protected):
    def get(self, request):
        return Response({"valid": True})


class Keys(Protected):
    def get(self, request):
        size = int(request.query_params["size"])
        return Response({"items": KeySerializer(APIKey.objects.order_by("-created")[:size], many=True).data})

    def post(self, request):
        record, key = APIKey.objects.create_key(name=request.data["name"])
        return Response({"id": record.id, "key": key}, status=201)


class Revoke(Protected):
    def post(self, request, id):
        record = APIKey.objects.get(id=id)
        record.revoked = True
        record.save()
        return Response(KeySerializer(record).data)


urlpatterns = [
    path("verify", Verify.as_view()),
    path("keys", Keys.as_view()),
    path("keys/<str:id>/revoke", Revoke.as_view()),
]
application = get_wsgi_application()

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(f"Management key: {APIKey.objects.create_key(name='management')[1]}")
