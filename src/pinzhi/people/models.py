"""Accounts, organisations, roles, tokens, the audit line."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.db import models

from pinzhi.people.roles import Actor, Role


class Organisation(models.Model):
    """The platform itself, a merchant, a laboratory, a regulator, or an integrating client."""

    KINDS = [(k, k) for k in ("platform", "merchant", "laboratory", "regulator", "client")]
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=KINDS)
    merchant_id = models.CharField(
        max_length=64, blank=True, db_index=True, db_comment="id in the marketplace, for merchants"
    )


class Department(models.Model):
    """A department of the platform: duties and KPIs hang on it."""

    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    code = models.SlugField(unique=True)


class Account(AbstractBaseUser, PermissionsMixin):
    """A person who logs in. `pseudonym` is what may leave the house; names and addresses never do."""

    username = models.CharField(max_length=64, unique=True)
    pseudonym = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(blank=True)
    display_name = models.CharField(max_length=60, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    single_key_shortcuts = models.BooleanField(
        default=True, db_comment="WCAG 2.1.4: single-letter keys may be turned off"
    )

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    def roles(self) -> frozenset[Role]:
        """The roles given and not taken away."""
        return frozenset(Role(r) for r in Grant.objects.filter(account=self).values_list("role", flat=True))

    def actor(self) -> Actor:
        """This person as an actor: what `act` wants."""
        roles = self.roles()
        label = "person:" + "+".join(sorted(roles)) if roles else "person"
        merchant = self.organisation.merchant_id if self.organisation else ""
        return Actor("person", label, self.pk, roles, self.organisation_id, merchant)


class Grant(models.Model):
    """A role given to an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=[(r.value, r.value) for r in Role])
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "role"], name="one_grant_per_role")]


class AuditLine(models.Model):
    """One line for every act, done or refused. Holds role labels and ids of things, never personal data."""

    act = models.CharField(max_length=32, db_index=True)
    within = models.CharField(
        max_length=32, blank=True, db_index=True, db_comment="the act or bulk that it was a part of"
    )
    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=64)
    actor = models.CharField(max_length=120)
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    subject_kind = models.CharField(max_length=16, blank=True)
    subject_id = models.CharField(max_length=128, blank=True)
    outcome = models.CharField(max_length=16)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id", "at"])]


class ApiToken(models.Model):
    """A client's key. The secret is shown once; here lies its SHA-256 and a prefix to find it by."""

    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64, db_comment="SHA-256 of the whole token, in hex")
    name = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(
        null=True, db_comment="day only: enough to find unused keys, too coarse to follow anybody"
    )


class FailedLogins(models.Model):
    """Wrong passwords for one user name, whether or not an account has it: lock-out must not tell which names exist."""

    name_hash = models.CharField(
        max_length=64, unique=True, db_comment="keyed hash of the user name as typed, lower case"
    )
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)


class Invitation(models.Model):
    """A one-time link by which a new account chooses its password. Only the hash of its secret is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Duty(models.Model):
    """What a department owes by a day: the grid of screen 23."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="duties")
    title_zh = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160)
    due_on = models.DateField(db_index=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "title_en", "due_on"], name="one_duty_per_day")]
