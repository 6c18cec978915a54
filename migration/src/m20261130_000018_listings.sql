INSERT INTO listing (list_id, post_id, publication_id, kind, published_at)
WITH RECURSIVE above (post_id, list_id) AS (
    SELECT post_id, category_id FROM post_category
    UNION
    SELECT above.post_id, category.parent_id FROM above
    JOIN category ON category.id = above.list_id
    WHERE category.parent_id IS NOT NULL
)
SELECT link.list_id, post.id, post.publication_id, post.kind, COALESCE(post.published_at, post.created_at)
FROM (
    SELECT post_id, list_id FROM above
    UNION ALL SELECT post_id, tag_id FROM post_tag
    UNION ALL SELECT post_id, user_id FROM post_author
    UNION ALL SELECT id, series_id FROM post WHERE series_id IS NOT NULL
    UNION ALL SELECT id, publication_id FROM post
) AS link
JOIN post ON post.id = link.post_id
WHERE post.status = 'PUBLISHED' AND post.visibility = 'PUBLIC';

INSERT INTO listing_count (list_id, publication_id, kind, posts)
SELECT list_id, publication_id, kind, count(*) FROM listing GROUP BY list_id, publication_id, kind;
