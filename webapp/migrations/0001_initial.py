import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
import webapp.models.publication
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CatalogueVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('browser_id', models.CharField(max_length=32)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('revision', models.PositiveBigIntegerField(default=0, editable=False, help_text='How many updates were accepted.')),
                ('is_disabled', models.BooleanField(default=False, help_text='Nobody can open or edit it.', verbose_name='disabled')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='documents', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RecoveryLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('browser_id', models.CharField(db_index=True, max_length=32)),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False, validators=[django.core.validators.RegexValidator('\\A[a-z0-9][a-z0-9._-]{0,59}\\Z', 'Small letters, digits, dots, dashes; at most 60.')])),
                ('title', models.CharField(max_length=80)),
                ('description', models.TextField(blank=True, help_text='What it is good for, in a sentence or two.')),
                ('source_kind', models.CharField(choices=[('bundled', 'comes with Inkling'), ('hub', 'hub'), ('folder', 'folder below the models directory')], default='hub', max_length=10)),
                ('location', models.CharField(help_text='On the hub: owner/name. A folder: its name.', max_length=200)),
                ('revision', models.CharField(blank=True, help_text='On the hub: the commit, 40 hex digits.', max_length=40)),
                ('dtype', models.CharField(choices=[('auto', 'what suits the machine'), ('float32', 'Float32'), ('bfloat16', 'Bfloat16')], default='auto', max_length=10)),
                ('is_enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('is_default', models.BooleanField(default=False, editable=False, verbose_name='default')),
                ('audience', models.CharField(choices=[('public', 'everybody'), ('staff', 'staff only')], default='public', max_length=10)),
                ('load_requested_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('num_parameters', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='parameters')),
                ('context_length', models.PositiveIntegerField(blank=True, help_text='In tokens.', null=True)),
                ('licence', models.CharField(blank=True, max_length=80)),
                ('facts', models.JSONField(blank=True, default=dict, help_text='{"Trained on": "…"}')),
                ('limitations', models.TextField(blank=True)),
                ('content_warning', models.TextField(blank=True)),
                ('evaluation', models.JSONField(blank=True, default=list, help_text='[{"dataset", "metric", "value", "note"}]')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='one_default'), models.CheckConstraint(condition=models.Q(('is_default', False), models.Q(('audience', 'public'), ('is_enabled', True)), _connector='OR'), name='default_serves_everybody')],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_entry', serialize=False, to='webapp.document')),
                ('revision', models.PositiveBigIntegerField(help_text='Of the document, when this was made.')),
                ('first_line', models.CharField(blank=True, max_length=100)),
                ('num_words', models.PositiveIntegerField(default=0)),
                ('text', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='NamedVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveBigIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('author_name', models.CharField(max_length=100)),
                ('author_color', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='named_versions', to='webapp.document')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('slug', models.CharField(default=webapp.models.publication.new_slug, editable=False, max_length=10, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=200)),
                ('byline', models.CharField(help_text='Who published it, as others know them.', max_length=100)),
                ('text', models.TextField(blank=True)),
                ('attribution', models.JSONField(help_text='Attribution.to_dict()')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='publications', to='webapp.document')),
            ],
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('view', 'can view'), ('write', 'can write')], max_length=5)),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('label', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='share_links', to='webapp.document')),
            ],
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveBigIntegerField()),
                ('text', models.TextField(blank=True)),
                ('attribution', models.JSONField(help_text='Attribution.to_dict()')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='webapp.document')),
            ],
        ),
        migrations.CreateModel(
            name='Update',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveBigIntegerField(help_text='Of the document, after this update.')),
                ('session_id', models.CharField(help_text='The open tab that it came from.', max_length=64)),
                ('number', models.PositiveBigIntegerField(help_text="Counts the session's updates, from 0.")),
                ('author_name', models.CharField(max_length=100)),
                ('author_color', models.PositiveSmallIntegerField()),
                ('browser_id', models.CharField(max_length=32)),
                ('origin', models.CharField(choices=[('typed', 'Typed'), ('suggestion', 'Suggestion'), ('pasted', 'Pasted'), ('imported', 'Imported'), ('restored', 'Restored')], max_length=10)),
                ('changes', models.JSONField(help_text="A ChangeSet in CodeMirror's JSON form, for the revision before.")),
                ('provenance', models.JSONField(blank=True, help_text='Of a suggestion: what wrote it, and how.', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='updates', to='webapp.document')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['browser_id', '-updated_at'], name='document_of_browser'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['user', '-updated_at'], name='document_of_user'),
        ),
        migrations.AddConstraint(
            model_name='namedversion',
            constraint=models.UniqueConstraint(fields=('document', 'revision'), name='one_name_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='sharelink',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['view', 'write'])), name='share_link_has_a_role'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(fields=('document', 'revision'), name='snapshot_once_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.UniqueConstraint(fields=('document', 'revision'), name='update_once_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.UniqueConstraint(fields=('document', 'session_id', 'number'), name='update_once_per_number'),
        ),
    ]
