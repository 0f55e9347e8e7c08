-- Keeps the version of the master key in use until the transaction ends, if the writer has wrapped under that one.
-- A statement that calls this may have begun before a rotation named another version; what is read in here has not.
create function keys.hold_master(master_lock bigint, wrapped_under integer, its_check bytea) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock_shared(master_lock);
    if (wrapped_under, its_check) is distinct from (
        select row(version, check_value) from keys.master where retired_at is null order by version desc limit 1
    ) then
        raise exception 'the version of the master key is another by now'
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    return true;
end
$$;
revoke all on function keys.hold_master(bigint, integer, bytea) from public;
grant execute on function keys.hold_master(bigint, integer, bytea) to mash_keys;
