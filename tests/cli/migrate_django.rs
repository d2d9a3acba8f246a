//! A real project of Django's: made on SQLite with data, migrated, and then at work on PostgreSQL.

use std::path::PathBuf;
use std::process::Command;

use crate::harness::repository;
use crate::migrate_scene::Scene;

const SETTINGS: &str = r#"
import os
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "of-a-test"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "shop"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
ROOT_URLCONF = "urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
if os.environ.get("DATABASE") == "postgresql":
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["NAME"],
        "USER": "postgres", "HOST": os.environ["SOCKET"], "PORT": os.environ["PORT"],
        "OPTIONS": {"options": "-c search_path=main"}}}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "data.db"}}
"#;

const URLS: &str = r#"
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"#;

const MODELS: &str = r#"
import uuid
from decimal import Decimal
from django.contrib import admin
from django.db import models
from django.db.models.functions import Lower

class Tag(models.Model):
    name = models.CharField(max_length=20, unique=True)

class Item(models.Model):
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    owner = models.ForeignKey("auth.User", on_delete=models.CASCADE, null=True)
    title = models.CharField(max_length=100, db_index=True)
    slug = models.SlugField()
    price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0"))
    extra = models.JSONField(default=dict)
    made = models.DateTimeField()
    day = models.DateField(null=True)
    clock = models.TimeField(null=True)
    took = models.DurationField(null=True)
    live = models.BooleanField(default=False)
    weight = models.FloatField(null=True)
    raw = models.BinaryField(null=True)
    count = models.PositiveIntegerField(default=0)
    address = models.GenericIPAddressField(null=True)
    tags = models.ManyToManyField(Tag)

    class Meta:
        indexes = [models.Index(fields=["-made", "title"]),
            models.Index(fields=["slug"], name="live_slug", condition=models.Q(live=True))]
        constraints = [models.CheckConstraint(condition=models.Q(price__gte=0), name="price_not_negative"),
            models.UniqueConstraint(Lower("slug"), name="slug_lower")]

admin.site.register(Item)
admin.site.register(Tag)
"#;

const FILL: &str = r#"
import datetime as d, uuid
from decimal import Decimal
from django.contrib.auth.models import User
from shop.models import Item, Tag
root = User.objects.create_superuser("root", "root@x", "secret")
User.objects.create_user("ann", password="pass")
tags = [Tag.objects.create(name=f"tag {n}") for n in range(3)]
utc = d.timezone.utc
for n in range(50):
    item = Item.objects.create(key=uuid.UUID(int=n * 7919), owner=root if n % 2 else None, title=f"größe {n}", slug=f"slug-{n}",
        price=Decimal(n) / 4, extra={"n": n, "list": [1, "two", None, 1.5], "deep": {"ü": "✓"}},
        made=d.datetime(2024, 1, 1, 12, 0, 0, 1 + n, tzinfo=utc) + d.timedelta(days=n),
        day=d.date(2024, 2, 29) if n % 3 else None, clock=d.time(23, 59, 59, n) if n % 5 else None,
        took=d.timedelta(days=n, microseconds=n) if n % 4 else None, live=bool(n % 2), weight=n / 7, raw=bytes([n, 0, 255]),
        count=n, address="10.0.0.%d" % n if n % 2 else None)
    item.tags.set(tags[: n % 4])
Item.objects.get(title="größe 49").delete()
from django.test import Client
assert Client().login(username="root", password="secret")
"#;

const DUMP: &str = r#"
import json
from django.contrib.auth.models import User, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from shop.models import Item, Tag
from decimal import Decimal
def shown(value):
    if isinstance(value, memoryview):
        return repr(bytes(value))
    if isinstance(value, Decimal):
        # SQLite's declared type says nothing of the places behind the point.
        return f"Decimal {value.normalize()}"
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else repr(value)
def rows(model):
    return [{k: shown(v) for k, v in row.items()} for row in model.objects.order_by("pk").values()]
print("DUMP" + json.dumps([[m.__name__, rows(m)] for m in (User, Permission, ContentType, Session, Tag, Item, Item.tags.through)]))
"#;

const WORK: &str = r#"
from django.contrib.auth.models import User
from django.test import Client
from shop.models import Item, Tag
client = Client()
assert client.login(username="root", password="secret"), "login"
assert client.get("/admin/").status_code == 200
last = Tag.objects.order_by("-id").first().id
answer = client.post("/admin/shop/tag/add/", {"name": "from admin"})
assert answer.status_code == 302, answer.content
assert Tag.objects.get(name="from admin").id == last + 1
top = Item.objects.order_by("-id").first().id
from django.utils import timezone
item = Item.objects.create(title="new", slug="new", made=timezone.now(), owner=User.objects.get(username="ann"))
# The last one was deleted, and its number is not given again.
assert item.id == top + 2, (item.id, top)
item.tags.add(Tag.objects.first())
assert Item.objects.filter(extra__deep__contains={"ü": "✓"}, live=True).count() == 24
assert Item.objects.filter(made__date="2024-01-02").count() == 1
assert Item.objects.filter(address="10.0.0.7").count() == 1
new = Item.objects.create(title="addressed", slug="addressed", made=timezone.now(), address="2001:db8::1")
new.refresh_from_db()
assert new.address == "2001:db8::1", new.address
new.delete()
from django.db import IntegrityError, transaction
for wrong in ({"price": -1, "slug": "a"}, {"slug": "SLUG-7"}):
    try:
        with transaction.atomic():
            Item.objects.create(title="wrong", made=timezone.now(), **wrong)
    except IntegrityError:
        continue
    raise AssertionError(wrong)
User.objects.get(username="ann").delete()
assert not Item.objects.filter(title="new").exists()
"#;

struct Project {
    scene: Scene,
}

impl Project {
    fn new() -> Self {
        let scene = Scene::new();
        scene.stack.write("settings.py", SETTINGS);
        scene.stack.write("urls.py", URLS);
        scene.stack.write("shop/__init__.py", "");
        scene.stack.write("shop/models.py", MODELS);
        scene.stack.write("shop/migrations/__init__.py", "");
        let project = Self { scene };
        project.manage("sqlite", &["makemigrations", "-v0", "shop"]);
        project.manage("sqlite", &["migrate", "-v0"]);
        project.manage("sqlite", &["shell", "-v0", "-c", FILL]);
        project
    }

    #[track_caller]
    fn manage(&self, database: &str, arguments: &[&str]) -> String {
        let python = repository().join(".tools/django/bin/python");
        assert!(python.exists(), "`scripts/setup.sh django` gets it");
        let output = Command::new(python)
            .args(["-m", "django"])
            .args(arguments)
            .current_dir(self.scene.stack.path())
            .env("PYTHONPATH", self.scene.stack.path())
            .env("DJANGO_SETTINGS_MODULE", "settings")
            .env("DATABASE", database)
            .env("NAME", &self.scene.database)
            .env("SOCKET", self.scene.server.socket())
            .env("PORT", self.scene.server.port().to_string())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{database} {arguments:?}: {}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn dump(&self, database: &str) -> serde_json::Value {
        let text = self.manage(database, &["shell", "-v0", "-c", DUMP]);
        let line = text.lines().find_map(|line| line.strip_prefix("DUMP"));
        serde_json::from_str(line.unwrap()).unwrap()
    }

    /// Everything that Django reads is the same, and it can go on.
    fn works(&self) {
        let (here, there) = (self.dump("sqlite"), self.dump("postgresql"));
        for (here, there) in here.as_array().unwrap().iter().zip(there.as_array().unwrap()) {
            assert!(!here[1].as_array().unwrap().is_empty(), "{} is empty", here[0]);
            for (here, there) in here[1]
                .as_array()
                .unwrap()
                .iter()
                .zip(there[1].as_array().unwrap())
            {
                assert_eq!(here, there);
            }
        }
        assert_eq!(here, there);
        self.manage("postgresql", &["migrate", "--check"]);
        self.manage("postgresql", &["makemigrations", "--check", "--dry-run"]);
        self.manage("postgresql", &["check", "--database", "default"]);
        self.manage("postgresql", &["shell", "-v0", "-c", WORK]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scene.stack.path().join(name)
    }
}

#[test]
fn a_project_of_django_goes_on_where_it_was() {
    let project = Project::new();
    // In SQLite a duration is a bigint like any other; only the project knows, and the plan says what to write.
    let plan = project.scene.call("plan", &[]).success();
    assert!(
        plan.stdout.contains("shop_item.took\\\" = { type = \\\"interval"),
        "{}",
        plan.stdout
    );
    let report = project.scene.migrate(&["--column", "shop_item.took=interval"]);
    let file = &report["files"][0];
    assert_eq!(file["state"], "done");
    assert_eq!(file["plan"]["framework"], "Django");
    assert_eq!(file["not_carried"], serde_json::json!([]), "all of it is carried");
    project.works();
    // The next migration of the project runs on what was made.
    let models = MODELS.replace(
        "    count = models.Pos",
        "    note = models.TextField(default=\"\")\n    count = models.Pos",
    );
    let models = models.replace("max_length=20", "max_length=30");
    std::fs::write(project.path("shop/models.py"), models).unwrap();
    project.manage("postgresql", &["makemigrations", "-v0", "shop"]);
    project.manage("postgresql", &["migrate", "-v0"]);
    project.manage("postgresql", &["migrate", "-v0", "shop", "zero"]);
}

#[test]
fn tables_of_its_own_migrations_are_filled() {
    let project = Project::new();
    project.scene.sql("create schema main");
    project.manage("postgresql", &["migrate", "-v0"]);
    // Its own migrations have put rows of theirs there.
    let refused = project
        .scene
        .refused(&["--into-existing"], &["django_content_type", "auth_permission"]);
    assert!(refused.stderr.contains("--emptied"), "{}", refused.stderr);
    let report = project.scene.migrate(&["--into-existing", "--emptied"]);
    assert_eq!(report["files"][0]["state"], "done");
    project.works();
}
