-- Makes lists of all lengths on a site of benches/floor: a tag and a category on half of the posts, a tag on the other half, two
-- tags on twenty posts, an author of a fifth, all odd; working copies of a hundredth; and an owner with the API key of benches/lists/queries.
\set ON_ERROR_STOP on
CREATE TEMPORARY TABLE numbered AS
    SELECT id, replace(slug, 'article-', '')::int AS number, count(*) OVER () AS total FROM post;
INSERT INTO tag (id, publication_id, slug, name, description, post_count, created_at)
    SELECT gen_random_uuid(), id, slug, slug, '', 0, now() FROM publication,
    unnest(ARRAY['even', 'odd', 'rare-even', 'rare-odd']) AS slug;
INSERT INTO category (id, publication_id, parent_id, slug, name, description, position, post_count, created_at)
    SELECT gen_random_uuid(), publication_id, id, 'half', 'Half', '', 99, 0, now() FROM category WHERE slug = 'category-0';
INSERT INTO post_tag (post_id, tag_id, position)
    SELECT numbered.id, tag.id, 9 FROM numbered JOIN tag ON tag.slug = CASE number % 2 WHEN 0 THEN 'even' ELSE 'odd' END
    UNION ALL
    SELECT numbered.id, tag.id, 10 FROM numbered JOIN tag ON tag.slug = CASE number % 2 WHEN 0 THEN 'rare-even' ELSE 'rare-odd' END
    WHERE number / 2 % (total / 40) = 3;
INSERT INTO post_category (post_id, category_id, position)
    SELECT numbered.id, category.id, 9 FROM numbered, category WHERE category.slug = 'half' AND number % 4 < 2;
INSERT INTO "user" (id, username, display_name, bio, claimed_at, is_administrator, created_at, updated_at)
    VALUES (gen_random_uuid(), 'owner', 'Owner', '', now(), false, now(), now()),
    (gen_random_uuid(), 'fifth', 'Fifth', '', now(), false, now(), now());
INSERT INTO post_author (post_id, user_id, position)
    SELECT numbered.id, "user".id, 9 FROM numbered, "user" WHERE username = 'fifth' AND number % 10 IN (1, 5);
INSERT INTO membership (publication_id, user_id, role, created_at)
    SELECT publication.id, "user".id, 'OWNER', now() FROM publication, "user" WHERE username = 'owner';
INSERT INTO api_key (id, user_id, name, digest, scope, created_at)
    SELECT '00000000-0000-7000-8000-000000000001', id, 'bench',
    translate(encode(sha256('the-key-of-the-owner-of-the-site-of-benches'), 'base64'), '+/=', '-_'), 'read read:drafts', now()
    FROM "user" WHERE username = 'owner';
INSERT INTO post (id, draft_of, publication_id, kind, status, visibility, slug, title, lead, source_format, body_source, body_html,
    body_text, table_of_contents, word_count, reading_minutes, is_featured, series_position, position, custom_fields,
    comment_count, version, created_at, updated_at)
    SELECT gen_random_uuid(), post.id, publication_id, kind, 'DRAFT', visibility, 'copy-' || number, title, lead, source_format,
    body_source, body_html, body_text, table_of_contents, word_count, reading_minutes, false, 0, 0, custom_fields, 0, 2,
    created_at, updated_at
    FROM post JOIN numbered ON numbered.id = post.id WHERE number % 100 = 11;
UPDATE post SET draft_status = 'DRAFT' WHERE id IN (SELECT draft_of FROM post);
