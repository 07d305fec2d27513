-- A change of plan that the move of a group scheduled: by that move. Null where somebody agreed on it with this customer, or it is
-- of a contract. Taking back a group's moves takes back those that have one, and no others.
ALTER TABLE plan_change ADD COLUMN move_id BLOB REFERENCES plan_move (id);
UPDATE plan_change SET move_id = (
    SELECT c.move_id FROM plan_move_customer c JOIN plan_move m ON m.id = c.move_id
    WHERE c.organization_id = plan_change.organization_id AND c.state = 'scheduled' AND m.act = 'renewal'
        AND m.to_version_id = plan_change.plan_version_id AND m.asked_at <= plan_change.created_at
    ORDER BY c.move_id DESC LIMIT 1)
WHERE state = 'scheduled' AND contract_id IS NULL;
