-- Versions of contracts that were taken back before they took effect: they are read by nobody but the audit log, and their numbers are not
-- given again.
CREATE TABLE contract_withdrawal (
    organization_id UUID NOT NULL,
    contract_id     UUID NOT NULL,
    number          BIGINT NOT NULL,
    withdrawn_at    BIGINT NOT NULL,
    PRIMARY KEY (organization_id, contract_id, number),
    FOREIGN KEY (organization_id, contract_id, number) REFERENCES contract_version (organization_id, contract_id, number)
);

CREATE TRIGGER contract_withdrawal_append_only BEFORE UPDATE OR DELETE ON contract_withdrawal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
