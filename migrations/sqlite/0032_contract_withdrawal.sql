-- Versions of contracts that were taken back before they took effect: they are read by nobody but the audit log, and their numbers are not
-- given again.
CREATE TABLE contract_withdrawal (
    organization_id BLOB NOT NULL,
    contract_id     BLOB NOT NULL,
    number          INTEGER NOT NULL,
    withdrawn_at    INTEGER NOT NULL,
    PRIMARY KEY (organization_id, contract_id, number),
    FOREIGN KEY (organization_id, contract_id, number) REFERENCES contract_version (organization_id, contract_id, number)
) STRICT;

CREATE TRIGGER contract_withdrawal_no_update BEFORE UPDATE ON contract_withdrawal
BEGIN SELECT RAISE(ABORT, 'contract_withdrawal is append-only'); END;
CREATE TRIGGER contract_withdrawal_no_delete BEFORE DELETE ON contract_withdrawal
BEGIN SELECT RAISE(ABORT, 'contract_withdrawal is append-only'); END;
