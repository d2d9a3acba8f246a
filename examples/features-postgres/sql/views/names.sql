create view sales.customer_name as select name from sales.customer;
